import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import type { Me } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

const LOOK_ALIKES = ['people', 'look-alikes'] as const;

export const useLookAlikes = () => useQuery({ queryKey: LOOK_ALIKES, queryFn: () => api('listLookAlikes') });

function useLookAlikeChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => cache.invalidateQueries({ queryKey: LOOK_ALIKES }) });
}

export const useKeepApart = () =>
  useLookAlikeChange((people: [string, string]) => api('keepApart', { body: { people } }));
export const useProposeMerge = () =>
  useLookAlikeChange((body: { kept: string; joining: string; role: Me['person']['role'] }) =>
    api('proposeMerge', { body }),
  );
export const useWithdrawMerge = () => useLookAlikeChange((id: string) => api('withdrawMerge', { params: { id } }));
