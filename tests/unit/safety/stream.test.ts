import { marked, type Token } from 'marked';
import { describe, expect, test } from 'vitest';
import { usedCitations } from '../../../core/safety/citations.ts';
import { safeStream, safeText } from '../../../core/safety/stream.ts';
import { ALLOWED, EVIL } from './evil.ts';

const URLS = ALLOWED.map(({ url }) => url);

/** The same numbers for a seed, so that a failure can be looked at. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

async function streamed(pieces: readonly string[]): Promise<string> {
  async function* parts() {
    yield* pieces;
  }
  let text = '';
  for await (const piece of safeStream(parts(), ALLOWED)) text += piece;
  return text;
}

function split(text: string, next: () => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(next() ** 2 * 12);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** What a markdown reader would make of a text: every link's address, and whether there is an image or HTML. */
function drawn(text: string): { links: string[]; images: number; html: number } {
  const found = { links: [] as string[], images: 0, html: 0 };
  const look = (token: Token) => {
    if (token.type === 'link') found.links.push(String(token.href));
    if (token.type === 'image') found.images += 1;
    if (token.type === 'html') found.html += 1;
  };
  void marked.walkTokens(marked.lexer(text), look);
  return found;
}

/** What is not harmless in an output, in words; nothing where all is well. */
function dangersIn(output: string): string[] {
  const { links, images, html } = drawn(output);
  const addresses = output.match(/[a-z][a-z0-9+]*:\/\/[^\s)\]*",]*/gi) ?? [];
  const marks = [...output.matchAll(/\[([1-9]\d{0,2})\]/g)].map(([, digits]) => Number(digits));
  const checks: [string, boolean][] = [
    ['a foreign link', links.some((link) => !URLS.includes(link) && !link.startsWith('mailto:'))],
    ['a foreign address', addresses.some((address) => !URLS.includes(address.replace(/[.;:!?_~']+$/, '')))],
    ['an image', images > 0 || output.includes('![')],
    ['HTML', html > 0 || /<[a-z/!?@#]/i.test(output)],
    ['what becomes a link', /\b(www\.|javascript:\S|data:\S)/i.test(output)],
    ['a ping', /(^|[^a-z0-9])@(here|channel|everyone)/i.test(output)],
    ['a hidden character', /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]/.test(output)],
    ['a false citation', marks.some((n) => n > ALLOWED.length)],
  ];
  return checks.filter(([, found]) => found).map(([danger]) => danger);
}

describe('what a model writes leaves only as harmless text', () => {
  test.each(EVIL)('no foreign link, image, tag, ping or hidden character survives: %j', (evil) => {
    const output = safeText(evil, ALLOWED);
    expect({ output, dangers: dangersIn(output) }).toEqual({ output, dangers: [] });
  });

  test('the same text comes out however the stream was cut, in 3,000 random cuts', async () => {
    const next = random(7);
    for (let round = 0; round < 3_000; round += 1) {
      const evil = EVIL[round % EVIL.length] ?? '';
      const pieces = split(evil, next);
      expect({ pieces, text: await streamed(pieces) }).toEqual({ pieces, text: safeText(evil, ALLOWED) });
    }
  });

  test('10,000 texts put together from dangerous scraps are harmless, and their cuts agree', async () => {
    const next = random(42);
    const scraps = [
      ...'[]()<>!@|/:.\\"\'`*_#& \n'.split(''),
      'http',
      's://',
      '://',
      'https://evil.example/x',
      'evil.com',
      'www.',
      ...URLS,
      '[1]',
      '[7]',
      '[9',
      '](',
      ']:',
      '![',
      '![',
      '<b>',
      '</a>',
      '<a href="',
      '<!here>',
      '<@U1',
      '<!',
      '|x>',
      'here',
      'channel',
      'javascript:',
      'data:',
      'mailto:',
      '\u200b',
      '\u202e',
      'x',
      'word',
      '5',
      'é',
      '、',
      '【1】',
      '【',
      '】',
      '\ud83d',
      '\udc00',
      '(link removed)',
      '\u3002',
      'script',
      '[x][1]',
      '[1]: ',
    ];
    for (let round = 0; round < 10_000; round += 1) {
      const count = 2 + Math.floor(next() * 14);
      const text = Array.from({ length: count }, () => scraps[Math.floor(next() * scraps.length)] ?? '').join('');
      const safe = safeText(text, ALLOWED);
      expect({ text, safe, dangers: dangersIn(safe) }).toEqual({ text, safe, dangers: [] });
      const cut = round % 10 === 0 ? await streamed(split(text, next)) : safe;
      expect({ text, cut }).toEqual({ text, cut: safe });
    }
  });

  test('long nonsense of opening signs takes no long time', () => {
    const started = performance.now();
    for (const sign of ['[', '![', '<', '<a ', '[(', '](', '【', 'http', 'https://', '<!', '@', '.com', '[a](', '!'])
      safeText(sign.repeat(20_000 / sign.length), ALLOWED);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('what is meant stays readable', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Clean within 48 hours [1]. Store 7 days [2][1].', 'Clean within 48 hours [1]. Store 7 days [2][1].'],
    ['Both say so [1, 2] and [1-3].', 'Both say so [1][2] and [1][2][3].'],
    ['Nobody says so [7].', 'Nobody says so.'],
    ['[the SOP](https://gatehouse.example.com/d/2) says', '[the SOP](https://gatehouse.example.com/d/2) says'],
    ['See <https://gatehouse.example.com/d/2|the SOP>.', 'See [the SOP](https://gatehouse.example.com/d/2).'],
    ['See https://gatehouse.example.com/d/2.', 'See https://gatehouse.example.com/d/2.'],
    ['As in [1]: the hold time', 'As in [1]: the hold time'],
    ['| Step | Limit |\n| --- | --- |\n| pH | < 7.5 |', '| Step | Limit |\n| --- | --- |\n| pH | < 7.5 |'],
    [
      'Write to hr@company.com, ext. 12; see SOP-042.pdf, 3.5 mg, e.g. Node.js!',
      'Write to hr@company.com, ext. 12; see SOP-042.pdf, 3.5 mg, e.g. Node.js!',
    ],
    [
      '**Bold**, _it_, `code()`, 1. list\n- [ ] box\n> quote\n# Head',
      '**Bold**, _it_, `code()`, 1. list\n- [ ] box\n> quote\n# Head',
    ],
    ['Important![1]', 'Important! [1]'],
    ['Ca[2+](aq) and f(x)[0-9]', 'Ca[2+] (aq) and f(x)[0-9]'],
    ['清掃は48時間以内です。[1]', '清掃は48時間以内です。[1]'],
    ['Größe ≥ 5 µm – „gut“ 👍', 'Größe ≥ 5 µm – „gut“ 👍'],
  ];
  test.each(cases)('%j', (given, expected) => {
    expect(safeText(given, ALLOWED)).toBe(expected);
  });

  test('words flow on at once: nothing but the end of a possible address or mark is held back', async () => {
    const shown: string[] = [];
    const given: string[] = [];
    async function* parts() {
      for (const piece of ['The ', 'tank ', 'is ', 'cleaned ', 'within ', '48 ', 'hours ', '[1', ']', '. ', 'Then ']) {
        given.push(piece);
        yield piece;
      }
    }
    for await (const piece of safeStream(parts(), ALLOWED)) {
      shown.push(piece);
      expect(given.join('').length - shown.join('').length).toBeLessThanOrEqual(4);
    }
    expect(shown.join('')).toBe('The tank is cleaned within 48 hours [1]. Then ');
  });

  test('a link that was taken out is named in German for a German answer', () => {
    expect(safeText('Siehe https://evil.example/x.', ALLOWED, 'de')).toBe('Siehe (Link entfernt).');
  });
});

describe('the citations that an answer uses', () => {
  test('are listed once each, in the order of their first mark, and only real ones', () => {
    expect(usedCitations('b [2], a [1] and [2][9][0], not [x] or 3', 3)).toEqual([2, 1]);
    expect(usedCitations('none', 3)).toEqual([]);
  });
});
