import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import type { KeyScope } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';
import type { Language } from '../../i18n/index.ts';

const ACCOUNT = ['account'] as const;

export const useChatAccounts = () =>
  useQuery({ queryKey: [...ACCOUNT, 'chat'], queryFn: () => api('listChatAccounts') });
export const useSessions = () => useQuery({ queryKey: [...ACCOUNT, 'sessions'], queryFn: () => api('listSessions') });
export const useApiKeys = () => useQuery({ queryKey: [...ACCOUNT, 'keys'], queryFn: () => api('listApiKeys') });
export const useAccountEvents = () =>
  useQuery({ queryKey: [...ACCOUNT, 'events'], queryFn: () => api('listAccountEvents') });

function useAccountChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: ACCOUNT }) });
}

export const useUnlink = () => useAccountChange((id: string) => api('unlinkChatAccount', { params: { id } }));
export const useEndSession = () => useAccountChange((id: string) => api('endSession', { params: { id } }));
export const useRevokeKey = () => useAccountChange((id: string) => api('revokeApiKey', { params: { id } }));
export const useCreateKey = () =>
  useAccountChange((body: { name: string; scopes: KeyScope[]; days: number }) => api('createApiKey', { body }));
export const useSaveLanguage = () =>
  useAccountChange((language: Language) => api('updateAccount', { body: { language } }));

export const useChatLink = (token: string) =>
  useQuery({
    queryKey: ['chat-link', token],
    queryFn: () => api('getChatLink', { params: { token } }),
    retry: false,
    refetchOnWindowFocus: false,
  });
export const useClaimChatLink = (token: string) =>
  useMutation({ mutationFn: () => api('claimChatLink', { params: { token } }) });
