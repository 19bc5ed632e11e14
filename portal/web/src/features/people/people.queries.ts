import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { Person } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

const PEOPLE = ['people'] as const;

export function usePeople(q: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...PEOPLE, q.value]),
    queryFn: ({ pageParam, signal }) =>
      api('listPeople', { query: { limit: 50, q: q.value, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, people: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

function usePeopleChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: PEOPLE }) });
}

export const useCreatePerson = () =>
  usePeopleChange((body: { email: string; name: string; role: Person['role'] }) => api('createPerson', { body }));
export const useUpdatePerson = () =>
  usePeopleChange(({ id, ...body }: { id: string; name?: string; role?: Person['role']; status?: 'active' }) =>
    api('updatePerson', { params: { id }, body }),
  );
export const useDeactivatePerson = () =>
  usePeopleChange(({ id, ...body }: { id: string; handOverTo?: { kind: 'person' | 'group'; id: string } }) =>
    api('deactivateAndHandOver', { params: { id }, body }),
  );
export const useOwned = (id: string) =>
  useQuery({ queryKey: [...PEOPLE, id, 'owned'], queryFn: () => api('getOwned', { params: { id } }), staleTime: 0 });
export const usePersonLink = () =>
  useMutation({ mutationFn: (id: string) => api('createPersonLink', { params: { id } }) });
