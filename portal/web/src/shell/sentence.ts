import { useI18n } from 'vue-i18n';
import { asProblem } from '../api/problem.ts';
import { useFormat } from '../i18n/format.ts';

/**
 * A problem in a sentence for the person: our own words where there are some in their language, else the server's.
 * English readers get the server's sentence first: it may know more than the code says.
 */
export function useSentence(): (error: unknown) => string {
  const words = useI18n();
  const { t, locale } = words;
  const format = useFormat();
  return (error) => {
    const { code, sentence, details } = asProblem(error);
    const ours = words.te(`problem.${code}`, 'en') ? t(`problem.${code}`) : '';
    const minutes = Math.ceil(Number(details['retryAfterSeconds'] ?? 0) / 60);
    if (code === 'too_many_requests' && minutes > 1)
      return t('problem.tooManyUntil', { time: format.ago(Date.now() + minutes * 60_000 + 1_000) });
    if (locale.value === 'en') return sentence || ours || t('problem.internal');
    return ours || sentence || t('problem.internal');
  };
}

/** The server's word on single fields of a form: path to sentence. */
export function fieldErrors(error: unknown): { name: string; message: string }[] {
  const said = asProblem(error).details.errors;
  if (!Array.isArray(said)) return [];
  return said.flatMap((entry: unknown) => {
    const { path, message } = (entry ?? {}) as { path?: unknown; message?: unknown };
    return typeof path === 'string' && typeof message === 'string' ? [{ name: path, message }] : [];
  });
}
