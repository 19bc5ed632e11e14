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

export const DICTIONARIES: readonly string[] = [...new Set(Object.values(DICTIONARY_OF))];

/** The dictionary for a language tag such as `en` or `pt-BR`. */
export const dictionaryFor = (language: string | null): string =>
  DICTIONARY_OF[language?.toLowerCase().split('-')[0] ?? ''] ?? SIMPLE;
