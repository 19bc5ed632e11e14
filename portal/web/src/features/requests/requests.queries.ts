import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { AccessRequest, Level } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

const REQUESTS = ['requests'] as const;
const LOOK_AGAIN_MS = 60_000;

/** The knowledge bases that I may find but not read, by a part of their name. */
export function useFindable(q: Ref<string>, limit = 50) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...REQUESTS, 'findable', limit, q.value]),
    queryFn: ({ pageParam, signal }) =>
      api('listFindable', { query: { q: q.value, limit, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, found: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

/** Requests, the latest first: my own, or those that I decide about. */
export function useRequests(side: AccessSide, open?: boolean) {
  const query = useInfiniteQuery({
    queryKey: [...REQUESTS, side, open ?? 'all'],
    queryFn: ({ pageParam, signal }) =>
      api(
        'listAccessRequests',
        {
          query: {
            side,
            limit: 20,
            ...(open === undefined ? {} : { open: open ? 'true' : 'false' }),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, requests: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}
export type AccessSide = 'asker' | 'decider';

/** Whether I own anything, and what waits for a decision of mine. */
export const useToDecide = () =>
  useQuery({ queryKey: [...REQUESTS, 'to-decide'], queryFn: () => api('toDecide'), refetchInterval: LOOK_AGAIN_MS });

export const useEndingSoon = () =>
  useQuery({ queryKey: [...REQUESTS, 'ending'], queryFn: async () => (await api('endingSoon')).items });

/** A right may come of it, so everything that was loaded is looked at again. */
function useRequestChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => cache.invalidateQueries() });
}

export const useAsk = () =>
  useRequestChange((body: { knowledgeBaseId: string; reason: string; level: Level; until: string | null }) =>
    api('askForAccess', { body }),
  );
export const useWithdraw = () => useRequestChange((id: string) => api('withdrawAccessRequest', { params: { id } }));
export const useApprove = () =>
  useRequestChange(
    ({
      id,
      ...body
    }: {
      id: string;
      level: Level;
      until: string | null;
      moreThanAsked: boolean;
    }): Promise<AccessRequest> => api('approveAccessRequest', { params: { id }, body }),
  );
export const useDecline = () =>
  useRequestChange(({ id, word }: { id: string; word: string }) =>
    api('declineAccessRequest', { params: { id }, body: { word } }),
  );
