import type { Candidate } from './candidates.sql.ts';

/**
 * How much of the measure comes from the terms. Chosen by replaying the questions of the set `tune` (hit@1 / hit@5 / mean
 * reciprocal rank, nothing refused): measures summed .80 / .95 / .86, scores scaled to 0..1 within the candidates and summed
 * .80 / .93 / .85, reciprocal ranks .69 / .93 / .79, terms alone .72 / .87 / .78, vectors alone .35 / .60 / .46.
 */
const KEYWORD_SHARE = 0.6;

/**
 * Below this a passage says nothing about the question. On `tune` 86 % of the questions that nobody can answer were refused
 * so, and 5 % of the others, those that share neither words nor, for the built-in model, meaning with the passage.
 */
const SAYS_NOTHING_BELOW = 0.125;

/** `fused`: 0 (nothing) to 1 (every word of the question, and the same meaning). */
export type Ranked = Candidate & Readonly<{ fused: number }>;

/** What the measures stand against. */
export type Scale = Readonly<{
  /** The cosine from which on the embedding model says something; null where it does not know the question's language. */
  silentBelow: number | null;
  /** The weight of all the question's words, those included that stand nowhere in the scope. */
  total: number;
}>;

/** Each candidate that says something once, the best first. */
export function fuse(candidates: readonly Candidate[], { silentBelow, total }: Scale): Ranked[] {
  const once = [...new Map(candidates.map((candidate) => [candidate.id, candidate])).values()];
  const ranked = once
    .map((candidate) => {
      const meaning = silentBelow === null ? 0 : (candidate.cosine - silentBelow) / (1 - silentBelow);
      const words = total > 0 ? candidate.keywords / total : 0;
      return { ...candidate, fused: (1 - KEYWORD_SHARE) * meaning + KEYWORD_SHARE * words };
    })
    .toSorted((a, b) => b.fused - a.fused || b.cosine - a.cosine);
  return (ranked[0]?.fused ?? 0) < SAYS_NOTHING_BELOW ? [] : ranked;
}

/** Lists of different embedding models become one by their ranks: their measures mean different things. */
export const interleave = (lists: readonly (readonly Ranked[])[]): Ranked[] =>
  lists
    .flatMap((list) => list.map((candidate, rank) => ({ candidate, rank })))
    .toSorted((a, b) => a.rank - b.rank || b.candidate.keywords - a.candidate.keywords)
    .map(({ candidate }) => candidate);
