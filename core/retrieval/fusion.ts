import type { Candidate } from './candidates.sql.ts';

/**
 * How much of the measure comes from the terms. Chosen by replaying the questions of the set `tune` (hit@1 / mean
 * reciprocal rank, nothing refused): 0.5 .79 / .85, 0.6 .81 / .86, 0.7 .82 / .87, 0.8 .79 / .85. Before that, measures
 * summed were better than scores scaled within the candidates and than reciprocal ranks, by .01 and .07.
 */
const KEYWORD_SHARE = 0.7;

/** `meaning`: 1 is the same, 0 what things have that have nothing to do with each other; `fused`: meaning and words. */
export type Ranked = Candidate & Readonly<{ meaning: number; fused: number }>;

/** What the measures stand against. */
export type Scale = Readonly<{
  /** The cosine from which on the embedding model says something; null where it does not know the question's language. */
  silentBelow: number | null;
  /** The weight of all the question's words, those included that stand nowhere in the scope. */
  total: number;
}>;

/** Each candidate once, the best first. Whether even the best says anything is for evidence.ts. */
export function fuse(candidates: readonly Candidate[], { silentBelow, total }: Scale): Ranked[] {
  const once = [...new Map(candidates.map((candidate) => [candidate.id, candidate])).values()];
  return once
    .map((candidate) => {
      const meaning = silentBelow === null ? 0 : (candidate.cosine - silentBelow) / (1 - silentBelow);
      const words = total > 0 ? candidate.keywords / total : 0;
      const fused = (1 - KEYWORD_SHARE) * meaning + KEYWORD_SHARE * words;
      return { ...candidate, meaning, fused };
    })
    .toSorted((a, b) => b.fused - a.fused || b.cosine - a.cosine);
}

/** Lists of different embedding models become one by their ranks: their measures mean different things. */
export const interleave = (lists: readonly (readonly Ranked[])[]): Ranked[] =>
  lists
    .flatMap((list) => list.map((candidate, rank) => ({ candidate, rank })))
    .toSorted((a, b) => a.rank - b.rank || b.candidate.keywords - a.candidate.keywords)
    .map(({ candidate }) => candidate);
