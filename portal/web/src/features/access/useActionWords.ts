import { useI18n } from 'vue-i18n';

/** What somebody does, in words, by its key: a permission or an action. The key itself where there are no words for it. */
export function useActionWords(): (key: string) => string {
  const i18n = useI18n();
  const { t } = i18n;
  return (key) => {
    if (i18n.te(`explain.action.${key}`, 'en')) return t(`explain.action.${key}`);
    return i18n.te(`permission.${key}`, 'en') ? t(`permission.${key}`) : key;
  };
}
