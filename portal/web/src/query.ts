import { MutationCache, QueryCache, QueryClient } from '@tanstack/vue-query';
import { asProblem } from './api/problem.ts';

/** Asking again makes sense only where the fault may pass by itself. */
const mayPass = (code: string) => ['offline', 'internal', 'unreadable', 'database_unreachable'].includes(code);

/** The one cache of the portal. `onSignedOut` is called when any call learns that the session has ended. */
export function createQueryClient(onSignedOut: (code: string) => void): QueryClient {
  const watch = (error: unknown) => {
    const { code } = asProblem(error);
    if (code === 'not_signed_in' || code === 'password_change_required') onSignedOut(code);
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < 2 && mayPass(asProblem(error).code),
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
