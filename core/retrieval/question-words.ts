import { guessLanguage } from '../models/language.ts';
import { questionParts } from './question-parts.ts';
import { othersFor } from './synonyms.ts';
import { cutWords, identifiersIn, type Word } from './words.ts';

/**
 * What a question asks for, each thing once. `code`: ARV-117 or IC50, which names one thing and nothing near it; its `parts`
 * together are the code as well. `name`: CIOMS, Portugal. `others`: words for the same. `place`: in the question itself, in
 * the one before, which a follow-up takes along, or in what is said around them.
 */
export type Asked = Readonly<{
  word: string;
  kind: 'word' | 'name' | 'code';
  parts: readonly string[];
  others: readonly string[];
  place: 'question' | 'before' | 'around';
}>;

/** `how long`, `wie hoch`: the word behind asks for a number, and no passage has to hold it. */
const DEGREE =
  /(?<=\b(?:how|wie)\s+)(?:long|soon|fast|quickly|old|tall|high|big|large|far|late|early|well|lange|hoch|weit|schnell|alt|groß|bald|spät|oft)(?!\p{L})/giu;
/** Words that questions are made with rather than about: that one is missing from a passage says nothing against it. */
const LIGHT = new Set(
  (
    'give gives given gave take takes taken took make makes made use uses used need needs needed happen happens happened ' +
    'someone somebody anyone anybody none nobody something anything come comes came say says said mean means know known ' +
    'want wants let put show shows keep kept thing things one ones about hi hello hey thanks thank lot sorry ' +
    'geben gebe machen mache macht nehmen nehme nimmt kommen komme kommt sagen sagt brauche braucht brauchen ' +
    'jemand etwas nichts bekomme bekommt bekommen finden findet statt hallo danke'
  ).split(' '),
);
const SHORTEST_PART = 5;
const TOKEN = /[\p{L}\p{N}]+(?:[-_/][\p{L}\p{N}]+)*/gu;
const STARTS_SENTENCE = /(?:^|[.?!:\n])[\s"'“„(]*$/u;

/** The things asked for in a question and in the one `before` it. */
export function askedIn(question: string, before = ''): Asked[] {
  const own = questionParts(question);
  const earlier = questionParts(before);
  const all = [
    ...askedFor(own.asked).map((each) => ({ ...each, place: 'question' as const })),
    ...askedFor(earlier.asked).map((each) => ({ ...each, place: 'before' as const })),
    ...[own.around, earlier.around].flatMap(askedFor).map((each) => ({ ...each, place: 'around' as const })),
  ];
  return [...new Map(all.toReversed().map((each) => [each.word, each])).values()].toReversed();
}

function askedFor(text: string): Omit<Asked, 'place'>[] {
  const plain = text.replace(DEGREE, ' ');
  const identifiers = identifiersIn(plain);
  const codes = identifiers.filter(({ whole }) => isCode(whole));
  const belongs = new Set([...codes.flatMap(({ parts }) => parts), ...identifiers.map(({ whole }) => whole)]);
  const isGerman = guessLanguage(text) === 'de';
  const names = namesIn(plain, isGerman);
  const words = cutWords(plain)
    .filter(({ word }) => !belongs.has(word) && !LIGHT.has(word))
    .map(({ word }) =>
      isCode(word)
        ? // A document may write IC50 and phase2 in two words.
          { word, kind: 'code' as const, parts: word.match(/\d+|\D+/g) ?? [], others: [] }
        : {
            word,
            kind: names.has(word) ? ('name' as const) : ('word' as const),
            parts: [],
            others: [...othersFor(word), ...(isGerman ? partsOfCompound(word) : [])],
          },
    );
  return [...codes.map(({ whole, parts }) => ({ word: whole, kind: 'code' as const, parts, others: [] })), ...words];
}

/** What a long German word may be put together from, at its beginning and at its end: most of it is no word, and stands nowhere. */
function partsOfCompound(word: string): string[] {
  const cuts = Array.from({ length: Math.max(0, word.length - 2 * SHORTEST_PART + 1) }, (_, n) => n + SHORTEST_PART);
  return cuts.flatMap((cut) => [word.slice(0, cut), word.slice(cut)]);
}

/** Letters, then a digit somewhere. 40mg, 2nd and 24h are numbers with a unit. */
const isCode = (word: string): boolean => /^\p{L}.*\d/u.test(word);

/** Words with two capital letters, or with one inside a sentence; none where capitals tell nothing. */
function namesIn(text: string, writesNounsSo: boolean): ReadonlySet<string> {
  const tokens = [...text.matchAll(TOKEN)];
  const capitals = tokens.filter(([token]) => /^\p{Lu}/u.test(token));
  if (capitals.length > tokens.length / 2) return new Set();
  const names = capitals.filter(
    ({ 0: token, index }) =>
      /\p{Lu}.*\p{Lu}/u.test(token) || (!writesNounsSo && !STARTS_SENTENCE.test(text.slice(0, index))),
  );
  return new Set(names.flatMap(([token]) => cutWords(token)).map(({ word }) => word));
}

/** The words of which has to be known how they stand in a scope: the text's, and what its things may be found by as well. */
export function wordsToKnow(text: string, asked: readonly Asked[], most: { own: number; further: number }): Word[] {
  const further = asked.flatMap(({ parts, others }) => [...parts, ...others]).map((word) => ({ word, spelled: word }));
  const distinct = (words: readonly Word[]) => [...new Map(words.map((each) => [each.word, each])).values()];
  return distinct([...distinct(further).slice(0, most.further), ...distinct(cutWords(text)).slice(0, most.own)]);
}
