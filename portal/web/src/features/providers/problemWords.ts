import { useI18n } from 'vue-i18n';

/** What a test or a trial says that went wrong, in a sentence with what to look at. */
export function useProblemWords(): (problem: string) => string {
  const { t, te } = useI18n();
  return (problem) =>
    te(`providerProblem.${problem}`, 'en') ? t(`providerProblem.${problem}`) : t('providerProblem.other');
}
