import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { Effect, PermissionRules } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

const GROUPS = ['groups'] as const;

export function useGroups(q: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...GROUPS, 'list', q.value]),
    queryFn: ({ pageParam, signal }) =>
      api('listGroups', { query: { limit: 50, q: q.value, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, groups: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

export const useGroup = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...GROUPS, id.value, 'one']),
    queryFn: () => api('getGroup', { params: { id: id.value } }),
  });

export function useMembers(id: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [...GROUPS, id.value, 'members']),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listMembers',
        { params: { id: id.value }, query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, members: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

/** What a group says about each permission; `id` null: what everyone has. */
export const usePermissions = (id: string | null) =>
  useQuery({
    queryKey: [...GROUPS, id ?? 'everyone', 'permissions'],
    queryFn: (): Promise<PermissionRules> =>
      id === null ? api('getEveryonePermissions') : api('getGroupPermissions', { params: { id } }),
  });

/** What other groups allow the members of this one. */
export const useAllowedElsewhere = (id: string | null) =>
  useQuery({
    enabled: id !== null,
    queryKey: [...GROUPS, id, 'elsewhere'],
    queryFn: async () => (await api('listAllowedElsewhere', { params: { id: id! } })).permissions,
  });

/** What a group would give a person and take away from them; asked when somebody is chosen. */
export const useJoiningEffect = (id: string, personId: Ref<string | null>) =>
  useQuery({
    enabled: computed(() => personId.value !== null),
    queryKey: computed(() => [...GROUPS, id, 'preview', personId.value]),
    queryFn: () => api('previewMember', { params: { id, personId: personId.value! } }),
    staleTime: 0,
  });

function useGroupChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: GROUPS }) });
}

export const useSetPermissions = (id: string | null) =>
  useGroupChange((rules: Record<string, Effect>): Promise<PermissionRules> =>
    id === null
      ? api('setEveryonePermissions', { body: { rules } })
      : api('setGroupPermissions', { params: { id }, body: { rules } }),
  );
export const useCreateGroup = () =>
  useGroupChange((body: { name: string; description: string }) => api('createGroup', { body }));
export const useUpdateGroup = (id: string) =>
  useGroupChange((body: { name?: string; description?: string; modelClasses?: string[] }) =>
    api('updateGroup', { params: { id }, body }),
  );
export const useDeleteGroup = () => useGroupChange((id: string) => api('deleteGroup', { params: { id } }));
export const useAddMember = (id: string) =>
  useGroupChange((personId: string) => api('addMember', { params: { id }, body: { personId } }));
export const useUpdateMember = (id: string) =>
  useGroupChange(({ personId, manager }: { personId: string; manager: boolean }) =>
    api('updateMember', { params: { id, personId }, body: { manager } }),
  );
export const useRemoveMember = (id: string) =>
  useGroupChange((personId: string) => api('removeMember', { params: { id, personId } }));
