import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { useRouter } from 'vue-router';
import { api } from '../../api/client.ts';
import { SESSION } from '../session/session.queries.ts';

const VIEW_AS = ['view-as'] as const;

export const useViewedRights = () =>
  useQuery({ queryKey: VIEW_AS, queryFn: () => api('getViewAs'), retry: false, staleTime: 0 });

/** Menu and rights are another's from now on, or one's own again: what was loaded before is forgotten. */
function useChangeOfView<Input>(change: (input: Input) => Promise<unknown>, goTo: string) {
  const cache = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
      await cache.invalidateQueries({ queryKey: SESSION });
      await router.push(goTo);
    },
    onError: () => cache.invalidateQueries({ queryKey: SESSION }),
  });
}

export const useStartViewAs = () =>
  useChangeOfView((body: { kind: 'person' | 'group'; id: string }) => api('startViewAs', { body }), '/view-as');

export const useEndViewAs = () => useChangeOfView<void>(() => api('endViewAs'), '/');
