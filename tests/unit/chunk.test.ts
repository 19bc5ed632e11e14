import { expect, test } from 'vitest';
import { chunk } from '../../core/knowledge/chunk.ts';
import type { Block } from '../../core/knowledge/extract/types.ts';

const SENTENCE = 'The batch record is reviewed by quality before its release. ';
const paragraph = (text: string, page: number | null = null): Block => ({ kind: 'paragraph', text, page });
const heading = (text: string, level: number): Block => ({ kind: 'heading', text, level, page: null });
const row = (text: string, level?: number): Block => ({
  kind: 'table-row',
  text,
  page: null,
  ...(level === undefined ? {} : { level }),
});
const cut = (blocks: Block[], language: string | null = 'en') => chunk({ blocks, language });

test('no passage reaches over a heading, and each names the path it stands under', () => {
  const passages = cut([
    heading('SOP', 1),
    paragraph('Intro.'),
    heading('Limits', 2),
    paragraph('Five.'),
    heading('Annex', 1),
    paragraph('End.'),
  ]);
  expect(passages.map(({ heading: path, text }) => [path, text])).toEqual([
    ['SOP', 'Intro.'],
    ['SOP › Limits', 'Five.'],
    ['Annex', 'End.'],
  ]);
});

test('a heading over nothing is itself a passage, one over deeper headings is not', () => {
  const passages = cut([heading('A', 1), heading('B', 2), heading('C', 2), paragraph('text')]);
  expect(passages.map(({ heading: path, text }) => [path, text])).toEqual([
    ['A', 'B'],
    ['A › C', 'text'],
  ]);
});

test('no passage is longer than the limit, whatever it is made of, and no text is lost', () => {
  const word = 'x'.repeat(5_000);
  const texts = [SENTENCE.repeat(100), word, '𠮷'.repeat(3_000), `${'long clause without any end, '.repeat(200)}`];
  for (const text of texts) {
    const passages = cut([paragraph(text)]);
    expect(Math.max(...passages.map((passage) => passage.text.length))).toBeLessThanOrEqual(1_200);
    expect(
      passages
        .map((passage) => passage.text)
        .join('')
        .replace(/\s/g, ''),
    ).toBe(text.replace(/\s/g, ''));
    expect(passages.every((passage) => passage.text.isWellFormed())).toBe(true);
  }
});

test('passages are about as long as wished and end where sentences end', () => {
  const passages = cut([paragraph(SENTENCE.repeat(40)), paragraph(SENTENCE.repeat(3))]);
  for (const { text } of passages) expect(text).toMatch(/release\.$/);
  for (const { text } of passages.slice(0, -1)) expect(text.length).toBeGreaterThan(500);
});

test('an abbreviation does not end a sentence', () => {
  const passages = cut([paragraph('See sec. 4 of the plan, e.g. The annex by Dr. Keller is No. 5 here. '.repeat(30))]);
  for (const { text } of passages) expect(text).toMatch(/here\.$/);
});

test('Japanese and Thai are cut at their sentences, Japanese into fewer characters', () => {
  const japanese = cut([paragraph('反応器は毎週点検し、記録を品質保証部が確認する。'.repeat(60))], 'ja');
  for (const { text } of japanese) {
    expect(text).toMatch(/。$/);
    expect(text.length).toBeLessThanOrEqual(350);
  }
  const thai = cut([paragraph('บันทึกการผลิตได้รับการตรวจสอบแล้ว '.repeat(80))], 'th');
  expect(Math.max(...thai.map(({ text }) => text.length))).toBeLessThanOrEqual(1_200);
});

test('every part of a table stands under its header, and rows stay whole', () => {
  const rows = Array.from({ length: 60 }, (_, index) => `P-${index} | conductivity of the rinse | ${index}`);
  const passages = cut([row('Code | Parameter | Limit', 0), ...rows.map((text) => row(text)), paragraph('After.')]);
  expect(passages.length).toBeGreaterThan(3);
  for (const { text } of passages) expect(text.startsWith('Code | Parameter | Limit\n')).toBe(true);
  const all = passages.flatMap(({ text }) => text.split('\n'));
  expect(all.filter((line) => line.startsWith('P-'))).toEqual(rows);
});

test('a row longer than a passage is cut between its cells', () => {
  const cells = Array.from({ length: 100 }, (_, index) => `Column ${index}: some value`);
  const passages = cut([row(cells.join(' | '))]);
  for (const { text } of passages) expect(text).toMatch(/^Column \d+: some value/);
});

test('a sentence that goes on over the end of a page is not broken by a line', () => {
  const [passage] = cut([paragraph('The record is', 1), paragraph('reviewed by quality.', 2)]);
  expect(passage).toMatchObject({ text: 'The record is reviewed by quality.', page: 1, pageEnd: 2 });
});

test('a passage lights the lines that it is made of and no others', () => {
  const lines = Array.from(
    { length: 30 },
    (_, index) => `Line ${index + 10} of the record is reviewed by quality today.`,
  );
  const rects = lines.map((_, index) => [72, (index + 10) * 12, 500, (index + 10) * 12 + 10] as const);
  const passages = cut([{ ...paragraph(lines.join(' '), 4), rects }]);
  expect(passages.length).toBeGreaterThan(2);
  for (const { text, rects: lit } of passages) {
    const said = text.match(/\d+/g)?.map(Number);
    expect(lit.map(([page, , top]) => [page, top / 12])).toEqual(said?.map((line) => [4, line]));
  }
});

test('the same document always gives the same passages, numbered from 0', () => {
  const blocks = [heading('A', 1), ...Array.from({ length: 20 }, (_, index) => paragraph(SENTENCE.repeat(index + 1)))];
  expect(cut(blocks)).toEqual(cut(structuredClone(blocks)));
  expect(cut(blocks).map(({ ordinal }) => ordinal)).toEqual(cut(blocks).map((_, index) => index));
});

test('a document of 120 pages is cut in well under 100 ms', () => {
  const blocks = Array.from({ length: 840 }, (_, index) => paragraph(SENTENCE.repeat(9), Math.floor(index / 7) + 1));
  cut(blocks);
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    cut(blocks);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(100);
});
