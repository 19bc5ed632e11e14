import type { Asked } from './question-words.ts';
import type { Preparation } from './terms.sql.ts';
import { standingIn, weightOf } from './terms.ts';

/**
 * `ways`: it stands in a passage that holds one lexeme of each list of one of them; none where the scope holds it nowhere.
 * `weight`: what it says that a passage holds it; `lacking`: what it says against one that does not.
 */
type AskedTerm = Readonly<{ ways: readonly (readonly (readonly string[])[])[]; weight: number; lacking: number }>;

/** What is asked for, as it stands in one scope. `lexemes`: all by which any of it may be held. */
export type Demand = Readonly<{
  terms: readonly AskedTerm[];
  lexemes: readonly string[];
  /** A code or a name of the question stands nowhere in the scope. */
  namesUnknown: boolean;
}>;

// Chosen on the set `tune` of the sample's questions, each from the middle of a range in which little changes.
/**
 * From here on a passage has to do with the question: about half of what it asks, weighed by rarity, stands in it, or its
 * meaning is as near, or some of both.
 */
const ENOUGH = 0.45;
/** A code that a passage lacks weighs as so many words that stand nowhere: what is said of ARV-204 is nothing about ARV-117. */
const LACKING_CODE = 3;
/** The question before is what the new one is about, not what it asks. */
const EARLIER = 0.5;

/**
 * What of the question would have to stand in a passage, each thing weighed by how rare it is within the scope. Nothing
 * but the counts of that scope goes in, so a refusal tells nothing of what others have.
 */
export function demandOf(
  asked: readonly Asked[],
  preparation: Pick<Preparation, 'variants' | 'counts'>,
  passages: number,
): Demand {
  const standing = standingIn(preparation, passages);
  const lexemesOf = (word: string): readonly string[] => standing(word)?.lexemes ?? [];
  const known = asked.flatMap(({ word, kind, parts, others, earlier }) => {
    const own = standing(word);
    if (!own) return [];
    const ways = [[own.lexemes], parts.map(lexemesOf), ...others.map((other) => [lexemesOf(other)])].filter(
      (way) => way.length > 0 && way.every((lexemes) => lexemes.length > 0),
    );
    const share = earlier ? EARLIER : 1;
    const lacking = kind === 'code' ? LACKING_CODE * weightOf(0, passages) : own.weight;
    return [{ kind, ways, weight: own.weight * share, lacking: lacking * share }];
  });
  return {
    terms: known,
    lexemes: [...new Set(known.flatMap(({ ways }) => ways.flat(2)))],
    namesUnknown: known.some(({ kind, ways }) => kind !== 'word' && ways.length === 0),
  };
}

/**
 * Whether a passage says something about what is asked: by the share of it that the passage holds, and by its meaning.
 * `meaning`: at most 1, see fusion. Where a name is unknown, nearness to other things is no evidence.
 */
export function saysEnough(demand: Demand, passage: { held: readonly string[]; meaning: number }): boolean {
  const held = new Set(passage.held);
  let found = 0;
  let all = 0;
  for (const { ways, weight, lacking } of demand.terms) {
    const isHeld = ways.some((way) => way.every((lexemes) => lexemes.some((lexeme) => held.has(lexeme))));
    found += isHeld ? weight : 0;
    all += isHeld ? weight : lacking;
  }
  const words = all > 0 ? found / all : 0;
  const meaning = demand.namesUnknown ? 0 : Math.max(0, passage.meaning);
  return words + meaning >= ENOUGH;
}
