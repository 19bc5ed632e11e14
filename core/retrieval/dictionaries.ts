import { guessLanguage } from '../models/language.ts';

/** PostgreSQL's dictionaries by language tag: the ending of a word is cut by the rules of the document's language. */
const DICTIONARY_OF: Readonly<Record<string, string>> = {
  en: 'english_stem',
  de: 'german_stem',
  fr: 'french_stem',
  es: 'spanish_stem',
  it: 'italian_stem',
  nl: 'dutch_stem',
  pt: 'portuguese_stem',
  sv: 'swedish_stem',
  da: 'danish_stem',
  no: 'norwegian_stem',
  nb: 'norwegian_stem',
  fi: 'finnish_stem',
  hu: 'hungarian_stem',
  ro: 'romanian_stem',
  ru: 'russian_stem',
  tr: 'turkish_stem',
};

/** Leaves words as they are: for languages without a dictionary, and where the language is not known. */
export const SIMPLE = 'simple';

const ALL: readonly string[] = [SIMPLE, ...new Set(Object.values(DICTIONARY_OF))];
const ENGLISH = 'english_stem';
/** A question of a few words may be in any language; one with any of these is English, or its language tells itself. */
const SURELY_ENGLISH =
  /\b(?:the|of|and|is|are|was|what|which|who|when|where|why|how|do|does|did|can|may|must|should|for|with|from|to)\b/i;

/** The dictionaries that a question's words are tried with. English always, for its words stand in documents of every language. */
export function dictionariesFor(question: string): readonly string[] {
  const own = dictionaryFor(guessLanguage(question));
  return own === ENGLISH && !SURELY_ENGLISH.test(question) ? ALL : [...new Set([SIMPLE, ENGLISH, own])];
}

/** The dictionary for a language tag such as `en` or `pt-BR`. */
export const dictionaryFor = (language: string | null): string =>
  DICTIONARY_OF[language?.toLowerCase().split('-')[0] ?? ''] ?? SIMPLE;
