import { computed, ref, watchEffect } from 'vue';

export const APPEARANCES = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof APPEARANCES)[number];

const KEPT_AS = 'gatehouse-appearance';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = ref(systemIsDark.matches);
systemIsDark.addEventListener('change', (event) => (systemDark.value = event.matches));

function kept(): Appearance {
  try {
    const word = localStorage.getItem(KEPT_AS) as Appearance;
    return APPEARANCES.includes(word) ? word : 'system';
  } catch {
    return 'system';
  }
}

/** What the person wants. */
export const appearance = ref<Appearance>(kept());

/** What that comes to now. */
export const isDark = computed(() => (appearance.value === 'system' ? systemDark.value : appearance.value === 'dark'));

watchEffect(() => {
  document.documentElement.classList.toggle('dark', isDark.value);
  document.documentElement.classList.toggle('light', !isDark.value);
});

/** Light or dark from now on, at the next visit too; `system` follows the device again. */
export function appear(wanted: Appearance): void {
  appearance.value = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // Storage is blocked: for this page only.
  }
}
