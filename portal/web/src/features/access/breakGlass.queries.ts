import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { BreakGlass, Level } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

const BREAK_GLASS = ['break-glass'] as const;

export type Breakable = Pick<BreakGlass['resource'], 'kind' | 'id'>;

/** What was opened by break-glass, the latest first; of one resource, or of all where it is null. */
export function useBreakGlasses(resource: Ref<Breakable | null>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...BREAK_GLASS, resource.value?.id ?? 'all']),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listBreakGlass',
        { query: { limit: 20, ...resource.value, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, entries: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

/** Rights change with it, so everything that was loaded is looked at again. */
function useBreakGlassChange<Input>(change: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries() });
}

export const useBreakGlass = () =>
  useBreakGlassChange((body: { resource: Breakable; level: Level; reason: string; minutes?: number }) =>
    api('breakGlass', { body }),
  );

export const useEndBreakGlass = () => useBreakGlassChange((id: string) => api('endBreakGlass', { params: { id } }));
