import { useI18n } from 'vue-i18n';

/** What a test or a trial says that went wrong, in a sentence with what to look at. */
export function useProblemWords(): (problem: string) => string {
  const i18n = useI18n();
  return (problem) =>
    i18n.te(`providerProblem.${problem}`, 'en')
      ? i18n.t(`providerProblem.${problem}`)
      : i18n.t('providerProblem.other');
}
