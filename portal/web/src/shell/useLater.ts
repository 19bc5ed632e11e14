import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** A value that follows another once it has been still for a while: what is typed is not asked for letter by letter. */
export function useLater<T>(source: Ref<T>, stillForMs = 200): Ref<T> {
  const later = ref(source.value) as Ref<T>;
  let timer = 0;
  watch(source, (value) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => (later.value = value), stillForMs);
  });
  onScopeDispose(() => clearTimeout(timer));
  return later;
}
