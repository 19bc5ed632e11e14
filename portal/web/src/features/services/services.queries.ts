import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api } from '../../api/client.ts';
import type { NewKey } from '../account/NewApiKey.vue';

const SERVICES = ['service-accounts'] as const;

type Owner = { kind: 'person' | 'group'; id: string };

export function useServiceAccounts(q: Ref<string>, unowned: Ref<boolean>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...SERVICES, 'list', q.value, unowned.value]),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listServiceAccounts',
        { query: { q: q.value, unowned: String(unowned.value), ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, accounts: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

export const useServiceAccount = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...SERVICES, id.value, 'one']),
    queryFn: () => api('getServiceAccount', { params: { id: id.value } }),
  });

export const useServiceKeys = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...SERVICES, id.value, 'keys']),
    queryFn: () => api('listServiceKeys', { params: { id: id.value } }),
  });

function useServiceChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: SERVICES }) });
}

export const useCreateService = () =>
  useServiceChange((body: { name: string; description: string; owner: Owner }) =>
    api('createServiceAccount', { body }),
  );
export const useUpdateService = (id: string) =>
  useServiceChange((body: { name?: string; description?: string; owner?: Owner; status?: 'active' }) =>
    api('updateServiceAccount', { params: { id }, body }),
  );
export const useDeactivateService = () =>
  useServiceChange((id: string) => api('deactivateServiceAccount', { params: { id } }));
export const useCreateServiceKey = (id: string) =>
  useServiceChange((body: NewKey) => api('createServiceKey', { params: { id }, body }));
export const useRevokeServiceKey = (id: string) =>
  useServiceChange((keyId: string) => api('revokeServiceKey', { params: { id, keyId } }));
