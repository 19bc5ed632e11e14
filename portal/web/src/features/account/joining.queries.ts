import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { api } from '../../api/client.ts';
import { become } from '../session/session.queries.ts';

const STANDING = ['standing'] as const;

/** Whether one was refused, or is asked about another account. */
export const useStanding = (lookAgainMs?: number) =>
  useQuery({
    queryKey: STANDING,
    queryFn: () => api('getStanding'),
    staleTime: 60_000,
    ...(lookAgainMs === undefined ? {} : { refetchInterval: lookAgainMs }),
  });

export function useConfirmMerge(id: () => string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { seen: string; password: string; directory?: { provider: string; login: string } }) =>
      api('confirmMerge', { params: { id: id() }, body }),
    onSuccess: ({ merged }) => {
      if (merged) become(cache, null);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: STANDING }),
  });
}

/** Goes to the provider, which asks anew. */
export const useConfirmMergeThere = (id: () => string) =>
  useMutation({
    mutationFn: (body: { seen: string; identity: string }) => api('confirmMergeThere', { params: { id: id() }, body }),
    onSuccess: ({ url }) => globalThis.location.assign(url),
  });

export function useRefuseMerge(id: () => string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('refuseMerge', { params: { id: id() } }),
    onSettled: () => cache.invalidateQueries({ queryKey: STANDING }),
  });
}
