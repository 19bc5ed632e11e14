import type { Candidate } from './candidates.sql.ts';

/** `way`: how the two measures become one. `keywordShare`: 0 (vectors only) to 1 (terms only). */
export type Fusion = Readonly<{ way: 'scores' | 'ranks'; keywordShare: number }>;

/** Chosen by replaying the questions of the set `tune`; what it gives on `check` is written beside those tests. */
export const FUSION: Fusion = { way: 'scores', keywordShare: 0.5 };

/** The usual constant of reciprocal ranks: how fast a later place counts for less. */
const RANK_CONSTANT = 60;

export type Ranked = Candidate & Readonly<{ fused: number }>;

/** Each candidate once, the best first. */
export function fuse(candidates: readonly Candidate[], fusion: Fusion = FUSION): Ranked[] {
  const once = [...new Map(candidates.map((candidate) => [candidate.id, candidate])).values()];
  const cosine = fusion.way === 'scores' ? scaled(once.map((c) => c.cosine)) : reciprocal(once.map((c) => c.cosine));
  const keywords =
    fusion.way === 'scores' ? scaled(once.map((c) => c.keywords)) : reciprocal(once.map((c) => c.keywords));
  return once
    .map((candidate, index) => ({
      ...candidate,
      fused: (1 - fusion.keywordShare) * (cosine[index] ?? 0) + fusion.keywordShare * (keywords[index] ?? 0),
    }))
    .toSorted((a, b) => b.fused - a.fused || b.cosine - a.cosine);
}

/** From 0 (the lowest) to 1 (the highest). */
function scaled(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values.map((value) => (range > 0 ? (value - low) / range : 0));
}

function reciprocal(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).toSorted((a, b) => b.value - a.value);
  const scores: number[] = [];
  order.forEach(({ value, index }, rank) => (scores[index] = value > 0 ? 1 / (RANK_CONSTANT + rank + 1) : 0));
  return scores;
}

/** Lists of different embedding models become one by their ranks: their scores mean different things. */
export const interleave = (lists: readonly (readonly Ranked[])[]): Ranked[] =>
  lists
    .flatMap((list) => list.map((candidate, rank) => ({ candidate, rank })))
    .toSorted((a, b) => a.rank - b.rank || b.candidate.keywords - a.candidate.keywords)
    .map(({ candidate }) => candidate);
