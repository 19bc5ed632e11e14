import { guessLanguage } from '../models/language.ts';

/** Models that were trained on English alone: to them everything else looks alike. */
const ENGLISH_ONLY = [
  /^builtin:use-lite/,
  /(?:^|:)all-minilm/i,
  /bge-(?:small|base|large)-en/i,
  /mxbai-embed/i,
  /nomic-embed-text/i,
];

/** Whether the vectors of this model say anything about a text in the language of this one. */
export function knowsLanguageOf(model: string, text: string): boolean {
  return !ENGLISH_ONLY.some((family) => family.test(model)) || guessLanguage(text) === 'en';
}
