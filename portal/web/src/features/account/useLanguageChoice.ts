import { useQueryClient } from '@tanstack/vue-query';
import { speak, type Language } from '../../i18n/index.ts';
import { SESSION } from '../session/session.queries.ts';
import { useSaveLanguage } from './account.queries.ts';

/** Changes the language at once; for somebody who is signed in it is kept with the person, for the bot's words too. */
export function useLanguageChoice(): (language: Language) => void {
  const cache = useQueryClient();
  const save = useSaveLanguage();
  return (language) => {
    speak(language);
    if (cache.getQueryData(SESSION)) save.mutate(language);
  };
}
