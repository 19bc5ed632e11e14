import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api } from '../../api/client.ts';

const ACCESS = ['access'] as const;

export type Asked = { person: string; action: string; resource: string };

/** Waits until it is said what is done, and with what where that is needed. */
export const useExplanation = (asked: Ref<Asked | null>) =>
  useQuery({
    enabled: computed(() => asked.value !== null),
    queryKey: computed(() => [...ACCESS, 'explain', asked.value]),
    queryFn: ({ signal }) => {
      const { person, action, resource } = asked.value!;
      return api(
        'explain',
        { query: { action, ...(person ? { person } : {}), ...(resource ? { resource } : {}) } },
        { signal },
      );
    },
    retry: false,
    staleTime: 0,
  });

/** All knowledge bases with their owners; for administrators. */
export function useOverseen(q: Ref<string>, unowned: Ref<boolean>, enabled: Ref<boolean> | boolean = true) {
  const query = useInfiniteQuery({
    enabled,
    queryKey: computed(() => [...ACCESS, 'overseen', q.value, unowned.value]),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listOverseenKnowledgeBases',
        { query: { q: q.value, unowned: String(unowned.value), ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, found: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

export function useHandOver(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { kind: 'person' | 'group'; id: string }) =>
      api('transferKnowledgeBase', { params: { id }, body }),
    onSuccess: () => cache.invalidateQueries(),
  });
}

export const useAccessSummary = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...ACCESS, id.value, 'summary']),
    queryFn: () => api('getAccessSummary', { params: { id: id.value } }),
  });

export function useWhoHasAccess(id: Ref<string>, q: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...ACCESS, id.value, 'people', q.value]),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listAccess',
        { params: { id: id.value }, query: { q: q.value, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, people: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}
