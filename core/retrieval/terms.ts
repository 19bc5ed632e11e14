import { SIMPLE } from './dictionaries.ts';
import type { Preparation } from './terms.sql.ts';

/** `lexemes`: the forms in which a word of the question stands in the scope. `weight`: how much finding it says (idf). */
export type Term = Readonly<{ word: string; lexemes: readonly string[]; passages: number; weight: number }>;

/**
 * `matched`: the rarest, by which passages are found. `ranked`: those by which they are ordered. `total`: the weight of all
 * words that say something, those that stand nowhere included.
 */
export type Terms = Readonly<{ matched: readonly Term[]; ranked: readonly Term[]; total: number }>;

const MOST_TERMS = 8;
/** A word that so many of the passages hold tells none of them from the others, unless there is no better one. */
const COMMON_SHARE = 0.3;
/** Passages that are found by terms at most; more terms are not looked for then, each costs time for what it adds. */
const MOST_MATCHES = 1_000;
const SHORT_HIRAGANA = /^\p{Script=Hiragana}{1,2}$/u;
const ENGLISH = 'english_stem';
/** Words of questions that PostgreSQL's lists leave in. */
const SAYS_NOTHING = new Set(
  (
    'may must shall might could would many much often get gets go goes us tell please ' +
    'gibt gilt viele wieviel bitte wann warum wieso weshalb womit woher wohin wofur wozu wodurch'
  ).split(' '),
);

/**
 * The `words` of a question worth looking for: at most the eight rarest within the scope, no stop words. Of the forms that
 * the dictionaries give, those count that stand in the scope. `others`: words for the same, looked for beside them; the
 * eight rarest of them, which nothing in `total` stands against.
 */
export function chooseTerms(
  preparation: Pick<Preparation, 'variants' | 'counts'>,
  passages: number,
  words: readonly string[],
  others: readonly string[] = [],
): Terms {
  const standing = standingIn(preparation, passages);
  const terms = words.flatMap((word) => standing(word) ?? []);
  const total = terms.reduce((sum, term) => sum + term.weight, 0);
  const found = terms.filter((term) => term.lexemes.length > 0).toSorted((a, b) => a.passages - b.passages);
  const telling = found.filter((term) => term.passages <= passages * COMMON_SHARE);
  const further = others
    .flatMap((word) => standing(word) ?? [])
    .filter((term) => term.lexemes.length > 0 && term.passages <= passages * COMMON_SHARE)
    .toSorted((a, b) => a.passages - b.passages);
  const ranked = [...(telling.length > 0 ? telling : found).slice(0, MOST_TERMS), ...further.slice(0, MOST_TERMS)];
  let matches = 0;
  const matched = ranked.filter(({ passages: held }, index) => (matches += held) <= MOST_MATCHES || index === 0);
  return { matched, ranked, total };
}

/**
 * How a word of a question stands in a scope of so many passages. Null for a word that says nothing, a stop word in a
 * language that the question may be in, and for one that was not prepared.
 */
export function standingIn(
  preparation: Pick<Preparation, 'variants' | 'counts'>,
  passages: number,
): (word: string) => Term | null {
  const counts = new Map(preparation.counts.map(({ term, passages: count }) => [term, count]));
  const dictionaries = likelyDictionaries(preparation.variants);
  const variants = preparation.variants.filter(({ dictionary }) => dictionaries.has(dictionary));
  const forms = Map.groupBy(variants, ({ word }) => word);
  return (word) => {
    const own = forms.get(word);
    if (!own) return null;
    const isStopWord = own.some((form) => form.dictionary !== SIMPLE && form.lexemes.length === 0);
    if (isStopWord || SAYS_NOTHING.has(word) || SHORT_HIRAGANA.test(word)) return null;
    const lexemes = [...new Set(own.flatMap((form) => form.lexemes))].filter((lexeme) => counts.has(lexeme));
    const held = Math.min(
      passages,
      lexemes.reduce((sum, lexeme) => sum + (counts.get(lexeme) ?? 0), 0),
    );
    return { word, lexemes, passages: held, weight: weightOf(held, passages) };
  };
}

/** How much it says that a word stands in a passage, by how many of the scope's hold it (idf). */
export const weightOf = (held: number, passages: number): number =>
  Math.log(1 + (passages - held + 0.5) / (held + 0.5));

/**
 * The languages the question may be in, by its stop words: those with the most of them, all where it has none. English
 * always, for its words stand in documents of every language.
 */
function likelyDictionaries(variants: Preparation['variants']): ReadonlySet<string> {
  const stopWords = new Map<string, number>();
  for (const { dictionary, lexemes } of variants)
    stopWords.set(dictionary, (stopWords.get(dictionary) ?? 0) + (lexemes.length === 0 ? 1 : 0));
  const most = Math.max(0, ...stopWords.values());
  const likely = [...stopWords].filter(([, count]) => count === most).map(([dictionary]) => dictionary);
  return new Set([SIMPLE, ENGLISH, ...likely]);
}
