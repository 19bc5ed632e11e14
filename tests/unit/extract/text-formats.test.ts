import { expect, test } from 'vitest';
import { extractDocument } from '../../../core/knowledge/extract/extract.ts';
import { guessLanguage } from '../../../core/knowledge/extract/language.ts';
import type { Block } from '../../../core/knowledge/extract/types.ts';

const lines = (blocks: readonly Block[]): string[] =>
  blocks.map(({ kind, text, level }) => `${kind}${level ?? ''}: ${text}`);
const read = async (name: string, content: string | Uint8Array): Promise<string[]> =>
  lines((await extractDocument(name, Buffer.from(content as string))).blocks);

test('scripts, hidden parts and menus of a web page are left out, nothing else is', async () => {
  const page = `<!doctype html><html><head><title>HR &amp; you</title><style>p{}</style></head><body>
    <nav><a href="/">Home</a></nav><div class="side-menu menu"><a>One</a> <a>Two</a></div>
    <div class="menu">The canteen menu is published on Monday.</div>
    <p>Hello &amp; <b>wel</b>come<br>again</p><p hidden>secret</p><p style="display: none">secret</p><script>alert(1)</script></body></html>`;
  const document = await extractDocument('a.html', Buffer.from(page));
  expect(lines(document.blocks)).toEqual([
    'paragraph: The canteen menu is published on Monday.',
    'paragraph: Hello & welcome\nagain',
  ]);
  expect(document.title).toBe('HR & you');
});

test('a web page keeps headings, nested lists, tables with merged cells and code', async () => {
  const page = `<h1>Leave</h1><ol start="3"><li>ask<ul><li>early</li></ul></li><li>go</li></ol>
    <table><caption>Days</caption><tr><th>Who<th>Days</tr><tr><td rowspan=2>All<td>30</tr><tr><td>31</tr></table><pre>a\n  b</pre>`;
  expect(await read('a.html', page)).toEqual([
    'heading1: Leave',
    'list-item: 3. ask',
    'list-item:   - early',
    'list-item: 4. go',
    'paragraph: Days',
    'table-row0: Who | Days',
    'table-row: All | 30',
    'table-row: All | 31',
    'code: a\n  b',
  ]);
});

test('Markdown keeps headings, lists, tables and code, and loses its signs', async () => {
  const text =
    '---\ntitle: Policy\n---\n# A *B*\n\nSee [the page](http://x) and `code &lt;`.\n\n1. one\n   - sub **two**\n2. last\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n';
  expect(await read('a.md', text)).toEqual([
    'heading1: A B',
    'paragraph: See the page and code <.',
    'list-item: 1. one',
    'list-item:   - sub two',
    'list-item: 2. last',
    'table-row0: A | B',
    'table-row: 1 | 2',
    'code: x = 1',
  ]);
  expect((await extractDocument('a.md', Buffer.from(text))).title).toBe('Policy');
});

test('plain text in UTF-8, UTF-16 and Windows-1252 reads the same', async () => {
  const text = 'Größe: 5 µm\n\nPrüfung “bestanden”';
  const windows = Buffer.from([...text].map((sign) => ({ '“': 0x93, '”': 0x94 })[sign] ?? sign.charCodeAt(0)));
  const expected = ['paragraph: Größe: 5 µm', 'paragraph: Prüfung “bestanden”'];
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    windows,
  ])
    expect(await read('a.txt', bytes)).toEqual(expected);
});

test('Japanese text in Shift JIS is read', async () => {
  const shiftJis = Buffer.from('835683438393835482cc90f48f84', 'hex');
  expect((await read('a.txt', Buffer.concat([shiftJis, shiftJis])))[0]).toMatch(/[\u30a0-\u30ff]/);
});

test('form feeds are page ends, bullets are list items', async () => {
  const document = await extractDocument('a.txt', Buffer.from('one\n\f- two\n- three\n'));
  expect(document.blocks.map(({ kind, text, page }) => [kind, text, page])).toEqual([
    ['paragraph', 'one', 1],
    ['list-item', '- two', 2],
    ['list-item', '- three', 2],
  ]);
  expect(document.pages).toBe(2);
});

test.each([[','], [';'], ['\t'], ['|']])(
  'a CSV file with %j between its cells is read as records',
  async (delimiter) => {
    const rows = [
      ['Batch', 'Note'],
      ['B-1', `"said ""no"", twice${delimiter} really"`],
      ['B-2', ''],
    ];
    expect(await read('a.csv', rows.map((row) => row.join(delimiter)).join('\r\n'))).toEqual([
      expect.stringMatching(/^table-row: Batch: B-1 \| Note: said "no", twice\W+really$/),
      'table-row: Batch: B-2',
    ]);
  },
);

test('a CSV file without column names keeps its first row', async () => {
  expect(await read('a.csv', '1,2\n3,4\n')).toEqual(['table-row: 1 | 2', 'table-row: 3 | 4']);
});

test.each([
  ['en', 'The batch record is reviewed by quality before it can be released to the market.'],
  ['de', 'Die Prüfung der Anlage wird von der Qualitätssicherung freigegeben und nicht von der Produktion.'],
  ['fr', 'Le dossier de lot est vérifié par la qualité avant que le produit ne soit sur le marché.'],
  ['ja', '洗浄手順は品質保証部が承認する。反応器を毎週点検する。'],
  ['zh', '清洁程序由质量保证部门批准，每周检查反应器。'],
  [null, '12345 67.8'],
])('the language %s is guessed', (language, text) => {
  expect(guessLanguage(text)).toBe(language);
});
