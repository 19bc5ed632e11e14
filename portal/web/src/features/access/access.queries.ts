import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { Grant, Level } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

export type Resource = { kind: 'knowledge_base' | 'model'; id: string | null };
export type Recipient = { kind: 'person' | 'group'; id: string; name: string } | { kind: 'everyone' };

const GRANTS = ['grants'] as const;

export const useGrants = (resource: Ref<Resource>) =>
  useQuery({
    queryKey: computed(() => [...GRANTS, resource.value.kind, resource.value.id]),
    queryFn: async (): Promise<Grant[]> => {
      const { kind, id } = resource.value;
      const { items } = await api('listGrants', { query: { resourceKind: kind, ...(id ? { resourceId: id } : {}) } });
      return items.filter((grant) => grant.resource.id === id);
    },
  });

function useGrantChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all([cache.invalidateQueries({ queryKey: GRANTS }), cache.invalidateQueries({ queryKey: ['access'] })]),
  });
}

export const useGive = (resource: Ref<Resource>) =>
  useGrantChange(({ to, level }: { to: Recipient; level: Level }) =>
    api('createGrant', {
      body: {
        resource: resource.value,
        to: to.kind === 'everyone' ? { kind: 'everyone' } : { kind: to.kind, id: to.id },
        level,
      },
    }),
  );

export const useTakeBack = () => useGrantChange((id: string) => api('deleteGrant', { params: { id } }));

/** People and groups by a part of their name. */
export const useDirectory = (q: Ref<string>, kind?: 'person' | 'group') =>
  useQuery({
    queryKey: computed(() => ['directory', kind ?? 'all', q.value]),
    queryFn: async ({ signal }) =>
      (await api('listDirectory', { query: { q: q.value, ...(kind ? { kind } : {}) } }, { signal })).items,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
