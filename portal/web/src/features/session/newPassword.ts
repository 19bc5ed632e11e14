import { computed, ref } from 'vue';
import { useI18n } from 'vue-i18n';

const SHORTEST = 12;

/** A new password typed twice. `problems` says nothing before the person tried to send it. */
export function useNewPassword() {
  const { t } = useI18n();
  const next = ref('');
  const again = ref('');
  const tried = ref(false);
  const problems = computed(() => ({
    next: next.value.length < SHORTEST ? t('password.short') : '',
    again: next.value === again.value ? '' : t('password.differ'),
  }));
  return {
    next,
    again,
    shown: computed(() => (tried.value ? problems.value : { next: '', again: '' })),
    /** True where it may be sent; from then on the fields say what is missing. */
    ready(): boolean {
      tried.value = true;
      return !problems.value.next && !problems.value.again;
    },
    forget() {
      next.value = '';
      again.value = '';
      tried.value = false;
    },
  };
}
