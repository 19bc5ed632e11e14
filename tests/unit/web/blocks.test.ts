import { expect, test } from 'vitest';
import { blocksOf } from '../../../portal/web/src/features/passages/blocks.ts';

test('a single line with a bar is a sentence, not a table', () => {
  expect(blocksOf('either | or')).toEqual([{ kind: 'text', text: 'either | or' }]);
});

test('lines with other numbers of cells are not forced into one table', () => {
  expect(blocksOf('a | b\nc | d | e')).toEqual([
    { kind: 'text', text: 'a | b' },
    { kind: 'text', text: 'c | d | e' },
  ]);
});

test('a table between sentences stands as a table, and nothing is lost', () => {
  expect(blocksOf('Before.\nPhase | Time\nHold | 5 ms\nTail | 1 s\nAfter,\nin two lines.')).toEqual([
    { kind: 'text', text: 'Before.' },
    {
      kind: 'table',
      head: ['Phase', 'Time'],
      rows: [
        ['Hold', '5 ms'],
        ['Tail', '1 s'],
      ],
    },
    { kind: 'text', text: 'After,\nin two lines.' },
  ]);
});
