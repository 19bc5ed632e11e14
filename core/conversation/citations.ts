import type { Config } from '../config.ts';
import { passageUrl } from '../knowledge/passage.ts';
import type { FoundPassage } from '../retrieval/search.ts';
import { usedCitations } from '../safety/citations.ts';
import type { Citation } from './events.ts';

export const citationOf = (config: Pick<Config, 'PUBLIC_URL'>, passage: FoundPassage, n: number): Citation => ({
  n,
  passageId: passage.id,
  document: { id: passage.documentId, name: passage.documentName, version: passage.version },
  knowledgeBase: { id: passage.knowledgeBaseId, name: passage.knowledgeBaseName },
  page: passage.page,
  heading: passage.heading,
  text: passage.text,
  score: Math.min(1, Math.max(0, Math.round(passage.score * 1_000) / 1_000)),
  url: passageUrl(config, passage.id),
});

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []);

/**
 * The passages an answer names, by the number in its text. A model that forgot its marks is given the passages that its
 * words come from, at least the best one: an answer never stands without what it was drawn from.
 */
export function cited<T>(
  text: string,
  passages: readonly FoundPassage[],
  make: (passage: FoundPassage, n: number) => T,
): T[] {
  const named = new Set(usedCitations(text, passages.length));
  const marked = passages.map((passage, index) => ({ passage, n: index + 1 })).filter(({ n }) => named.has(n));
  return (marked.length > 0 ? marked : resembling(text, passages)).map(({ passage, n }) => make(passage, n));
}

const ENOUGH_SHARED = 0.5;

function resembling(text: string, passages: readonly FoundPassage[]): { passage: FoundPassage; n: number }[] {
  const said = wordsOf(text);
  const shares = passages.map((passage, index) => {
    const words = wordsOf(passage.surroundings);
    const shared = [...said].filter((word) => words.has(word)).length;
    return { passage, n: index + 1, share: said.size === 0 ? 0 : shared / said.size };
  });
  const close = shares.filter(({ share }) => share >= ENOUGH_SHARED);
  return close.length > 0 ? close : shares.toSorted((a, b) => b.share - a.share).slice(0, 1);
}
