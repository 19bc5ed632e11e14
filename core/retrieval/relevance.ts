import type { Candidate } from './candidates.sql.ts';

/** A passage that holds this share of what the question's words weigh speaks of it, whatever its vector says. */
const ENOUGH_COVERED = 0.5;

/**
 * Whether anything was found at all: a passage near enough by the embedder's own measure, or one that holds the words
 * which matter. `total`: the weight of all of the question's words, those included that stand nowhere in the scope.
 */
export const says = (candidates: readonly Candidate[], total: number, notFoundBelow: number): boolean =>
  candidates.some((each) => each.cosine >= notFoundBelow || (total > 0 && each.covered / total >= ENOUGH_COVERED));
