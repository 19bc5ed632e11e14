import { expect, test } from 'vitest';
import type { PassageRow } from '../../../core/retrieval/passages.sql.ts';
import { surroundings } from '../../../core/retrieval/surroundings.ts';

const passage = (ordinal: number, text: string, heading: string | null = 'A', versionId = 'v'): PassageRow => ({
  id: `p${ordinal}`,
  versionId,
  documentId: 'd',
  documentName: 'd.md',
  version: 1,
  ordinal,
  page: null,
  heading,
  text,
  held: [],
});

test('a passage comes with its neighbours in order, up to another heading', () => {
  const around = [
    passage(1, 'one', 'B'),
    passage(2, 'two'),
    passage(3, 'three'),
    passage(4, 'four'),
    passage(5, 'five'),
  ];
  expect(surroundings(around[2]!, around)).toBe('two\nthree\nfour\nfive');
});

test('neighbours of another version, beyond a gap, or without room stay out', () => {
  const long = 'x'.repeat(1_500);
  const around = [passage(1, 'one'), passage(2, long), passage(3, 'y'.repeat(700)), passage(4, 'four', 'A', 'other')];
  expect(surroundings(around[2]!, around)).toBe('y'.repeat(700));
});
