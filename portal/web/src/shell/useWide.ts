import { onScopeDispose, ref, type Ref } from 'vue';

/** Whether the window is at least this wide (a CSS length), as it changes. */
export function useWide(width: string): Readonly<Ref<boolean>> {
  const query = matchMedia(`(min-width: ${width})`);
  const wide = ref(query.matches);
  const look = () => (wide.value = query.matches);
  query.addEventListener('change', look);
  onScopeDispose(() => query.removeEventListener('change', look));
  return wide;
}
