import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api } from '../../api/client.ts';

const WAITING = ['people', 'waiting'] as const;
const LOOK_AGAIN_MS = 60_000;

/** Who waits for approval, or was refused it. */
export function useWaiting(refused: Ref<boolean>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...WAITING, refused.value]),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listWaiting',
        {
          query: { limit: 50, refused: refused.value ? 'true' : 'false', ...(pageParam ? { cursor: pageParam } : {}) },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, people: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

/** How many wait, for who may decide about them. */
export const useWaitingCount = () =>
  useQuery({
    queryKey: [...WAITING, 'count'],
    queryFn: async () => (await api('listWaiting', { query: { limit: 1 } })).total,
    refetchInterval: LOOK_AGAIN_MS,
  });

function useDecision<Input, Output>(decide: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: decide, onSettled: () => cache.invalidateQueries({ queryKey: ['people'] }) });
}

export const useApprove = () =>
  useDecision((body: { people: string[]; role: 'user' | 'admin'; groups: string[] }) => api('approvePeople', { body }));
export const useRefuse = () => useDecision((people: string[]) => api('refusePeople', { body: { people } }));
export const useUndoRefusal = () => useDecision((id: string) => api('undoRefusal', { params: { id } }));
