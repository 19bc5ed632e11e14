import { expect, test } from 'vitest';
import type { Candidate } from '../../../core/retrieval/candidates.sql.ts';
import { fuse, interleave, type Ranked } from '../../../core/retrieval/fusion.ts';

const candidate = (id: string, cosine: number, keywords: number): Candidate => ({
  id,
  cosine,
  keywords,
  knowledgeBaseId: 'k',
  documentId: 'd',
  versionId: 'v',
  ordinal: 0,
});
const SCALE = { silentBelow: 0.3, total: 10 };

test('the words of the question count for more than its meaning; both are best', () => {
  const order = fuse([candidate('meaning', 0.7, 0), candidate('words', 0.3, 5), candidate('both', 0.7, 5)], SCALE);
  expect(order.map(({ id }) => id)).toEqual(['both', 'words', 'meaning']);
});

test('a model that does not know the question’s language has no say', () => {
  const order = fuse([candidate('near', 0.9, 2), candidate('words', 0.1, 6)], { silentBelow: null, total: 10 });
  expect(order[0]?.id).toBe('words');
  expect(order.map(({ meaning }) => meaning)).toEqual([0, 0]);
});

test('what was found by its words and by its vector counts once', () => {
  expect(fuse([candidate('a', 0.4, 1), candidate('a', 0.4, 1)], SCALE)).toHaveLength(1);
  expect(fuse([], SCALE)).toEqual([]);
});

test('lists of two models take turns, whatever their measures', () => {
  const ranked = (id: string, fused: number): Ranked => ({ ...candidate(id, fused, 0), meaning: 0, fused });
  const lists = [
    [ranked('a1', 0.3), ranked('a2', 0.2)],
    [ranked('b1', 0.9), ranked('b2', 0.8), ranked('b3', 0.7)],
  ];
  expect(interleave(lists).map(({ id }) => id)).toEqual(['a1', 'b1', 'a2', 'b2', 'b3']);
});
