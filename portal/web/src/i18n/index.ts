import { createI18n } from 'vue-i18n';
import { allWords } from './words.ts';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const NAMES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

const KEPT_AS = 'gatehouse-language';

const isLanguage = (word: unknown): word is Language => LANGUAGES.includes(word as Language);

function chosen(): Language {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    if (isLanguage(kept)) return kept;
  } catch {
    // Storage is blocked: the browser's own wish decides.
  }
  return navigator.languages.some((word) => word.toLowerCase().startsWith('de')) &&
    !navigator.languages[0]?.toLowerCase().startsWith('en')
    ? 'de'
    : 'en';
}

export const i18n = createI18n({
  legacy: false,
  locale: chosen(),
  fallbackLocale: 'en',
  messages: allWords,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
});

/** Speaks another language from now on, here and at the next visit. */
export function speak(language: Language): void {
  i18n.global.locale.value = language;
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEPT_AS, language);
  } catch {
    // Storage is blocked: for this page only.
  }
}

speak(i18n.global.locale.value);
