import { useI18n } from 'vue-i18n';
import type { ChainLink } from '../../../../contract/index.ts';
import { useFormat } from '../../i18n/format.ts';

type Worded = Pick<ChainLink, 'code' | 'text' | 'name' | 'level' | 'until' | 'at' | 'sources'>;

/** A reason in the person's language; what is not known here yet is said in the server's own words. */
export function useReasonWords(): (reason: Worded) => string {
  const i18n = useI18n();
  const { t } = i18n;
  const format = useFormat();
  return ({ code, text, name = '', level, until, at, sources = [] }) => {
    if (!i18n.te(`explain.code.${code}`, 'en')) return text;
    const from = sources
      .map((source) =>
        source === 'manual' ? t('explain.byHand') : source === 'break_glass' ? t('explain.byBreakGlass') : source,
      )
      .join(', ');
    const said = t(`explain.code.${code}`, { name, from, time: format.at(until), at: format.at(at) });
    return [
      level === undefined ? said : `${said}: ${t(`level.${level}`)}`,
      ...(until === undefined || code.startsWith('facts') ? [] : [t('explain.until', { time: format.at(until) })]),
    ].join(', ');
  };
}
