import type { Asked } from './question-words.ts';
import type { Preparation } from './terms.sql.ts';
import { standingIn, weightOf } from './terms.ts';

/**
 * `ways`: it stands in a passage that holds one lexeme of each list of one of them; none where the scope holds it nowhere.
 * `weight`: what it says that a passage holds it; `lacking`: what it says against one that does not.
 */
type AskedTerm = Readonly<{
  ways: readonly (readonly (readonly string[])[])[];
  isCode: boolean;
  weight: number;
  lacking: number;
}>;

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
/** The codes of a question weigh so many times against a passage without any: what is said of ARV-204 is nothing about ARV-117. */
const LACKING_CODE = 3;
/** The question before, and what is said around a question, is at most what it is about, not what it asks. */
const BESIDE = 0.5;

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
  const terms = asked.flatMap(({ word, kind, parts, others, place }) => {
    const own = standing(word);
    if (!own) return [];
    const ways = [[own.lexemes], parts.map(lexemesOf), ...others.map((other) => [lexemesOf(other)])].filter(
      (way) => way.length > 0 && way.every((lexemes) => lexemes.length > 0),
    );
    const share = place === 'question' ? 1 : BESIDE;
    const isCode = kind === 'code';
    // Whom it is for and why it is asked stands in no document, and need not.
    const lacking = isCode ? weightOf(0, passages) : place === 'around' ? 0 : own.weight;
    const isUnknownName = ways.length === 0 && (isCode || (kind === 'name' && place !== 'around'));
    return [{ ways, isCode, weight: own.weight * share, lacking: lacking * share, isUnknownName }];
  });
  return {
    terms,
    lexemes: [...new Set(terms.flatMap(({ ways }) => ways.flat(2)))],
    namesUnknown: terms.some(({ isUnknownName }) => isUnknownName),
  };
}

/**
 * Whether a passage says something about what is asked: by the share of it that the passage holds, and by its meaning.
 * `meaning`: at most 1, see fusion. Where a name is unknown, nearness to other things is no evidence.
 */
export function saysEnough(demand: Demand, passage: { held: readonly string[]; meaning: number }): boolean {
  const lexemes = new Set(passage.held);
  const isHeld = ({ ways }: AskedTerm) =>
    ways.some((way) => way.every((alternatives) => alternatives.some((lexeme) => lexemes.has(lexeme))));
  const held = demand.terms.filter(isHeld);
  const lacking = demand.terms.filter((term) => !held.includes(term));
  const codeFactor = held.some(({ isCode }) => isCode) ? 1 : LACKING_CODE;
  const found = held.reduce((sum, { weight }) => sum + weight, 0);
  const missed = lacking.reduce((sum, term) => sum + term.lacking * (term.isCode ? codeFactor : 1), 0);
  const words = found > 0 ? found / (found + missed) : 0;
  const meaning = demand.namesUnknown ? 0 : Math.max(0, passage.meaning);
  return words + meaning >= ENOUGH;
}
