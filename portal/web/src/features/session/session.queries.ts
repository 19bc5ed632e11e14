import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import type { Me } from '../../../../contract/index.ts';
import { api, useCsrfToken, type Given } from '../../api/client.ts';
import { asProblem } from '../../api/problem.ts';

export const SESSION = ['session'] as const;

/** Who is signed in; null is nobody. */
export const sessionQuery = queryOptions({
  queryKey: SESSION,
  staleTime: 60_000,
  queryFn: async (): Promise<Me | null> => {
    try {
      return keepToken(await api('getSession'));
    } catch (error) {
      if (asProblem(error).code === 'not_signed_in') return null;
      throw error;
    }
  },
});

function keepToken(me: Me): Me {
  useCsrfToken(me.csrfToken);
  return me;
}

/** The person who is signed in, and what their menu holds. Only below the sign-in guard, where there is one. */
export function useMe() {
  const { data } = useQuery(sessionQuery);
  return {
    me: computed(() => data.value ?? null),
    may: (permission: string) => data.value?.permissions[permission] === true,
  };
}

export const useInstallation = () =>
  useQuery({ queryKey: ['installation'], queryFn: () => api('getInstallation'), staleTime: 300_000 });

export const useLink = (token: string) =>
  useQuery({ queryKey: ['link', token], queryFn: () => api('getLink', { params: { token } }), retry: false });

/** From now on somebody else, or nobody: what was loaded for the one before is forgotten. */
export function become(cache: QueryClient, me: Me | null): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
  cache.setQueryData(SESSION, me);
}

/** What signs a person in puts them into the cache; what another person left there goes first. */
function useSigningIn<Input>(sign: (input: Input) => Promise<Given<'createSession'>>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: sign,
    onSuccess: (me) => {
      become(cache, keepToken(me));
    },
  });
}

export const useSignIn = () =>
  useSigningIn((body: { email: string; password: string }) => api('createSession', { body }));

export const useDirectorySignIn = () =>
  useSigningIn((body: { provider: string; login: string; password: string }) =>
    api('createDirectorySession', { body }),
  );

export const useAcceptLink = (token: string) =>
  useSigningIn((password: string) => api('acceptLink', { params: { token }, body: { password } }));

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('deleteSession'),
    // Where somebody else signed the person in, the session there ends too.
    onSuccess: ({ signOutUrl }) => {
      if (signOutUrl !== null) globalThis.location.assign(signOutUrl);
    },
    onSettled: () => become(cache, null),
  });
}

export function useChangePassword() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { current: string; next: string }) => api('changePassword', { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: SESSION }),
  });
}

export function useRemoveSample() {
  const cache = useQueryClient();
  return useMutation({ mutationFn: () => api('removeSample'), onSuccess: () => cache.invalidateQueries() });
}
