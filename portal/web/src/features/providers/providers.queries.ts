import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { Provider } from '../../../../contract/index.ts';
import { api, type Given } from '../../api/client.ts';

const PROVIDERS = ['providers'] as const;

export type Seen = Given<'getMappings'>['seen'][number];
export type Trial = NonNullable<Given<'getTrial'>['result']>;
export type WantedProvider = {
  name: string;
  enabled: boolean;
  maxAgeHours: number;
  settings: Record<string, unknown>;
  secrets?: Record<string, string | null>;
  /** As it was when it was read; a change of somebody else's since is not overwritten. */
  updatedAt?: string;
};
export type WantedMapping = {
  toldAs: 'group' | 'role';
  externalId: string;
  label: string;
  to: { groupId: string } | { role: 'user' | 'admin' };
};

export const useProviders = () =>
  useQuery({ queryKey: [...PROVIDERS, 'list'], queryFn: async () => (await api('listProviders')).items });

/** What may be set for each kind. It changes with the program alone. */
export const useProviderKinds = () =>
  useQuery({
    queryKey: ['provider-kinds'],
    queryFn: async () => (await api('listProviderKinds')).items,
    staleTime: Infinity,
  });

export const useProvider = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...PROVIDERS, id.value, 'one']),
    queryFn: () => api('getProvider', { params: { id: id.value } }),
  });

export const useMappings = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...PROVIDERS, id.value, 'mappings']),
    queryFn: () => api('getMappings', { params: { id: id.value } }),
  });

/** What came of a trial; null while nobody has come back from it. */
export const useTrial = (id: Ref<string>, trialId: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...PROVIDERS, id.value, 'trial', trialId.value]),
    queryFn: async () => (await api('getTrial', { params: { id: id.value, trialId: trialId.value } })).result,
    enabled: computed(() => trialId.value !== ''),
    retry: false,
  });

export const useScimTokens = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...PROVIDERS, id.value, 'scim']),
    queryFn: async () => (await api('listScimTokens', { params: { id: id.value } })).items,
  });

function useProviderChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: PROVIDERS }) });
}

export const useCreateProvider = () =>
  useProviderChange((body: WantedProvider & { key: string; kind: Provider['kind'] }) =>
    api('createProvider', { body }),
  );
export const useUpdateProvider = (id: string) =>
  useProviderChange((body: WantedProvider) => api('updateProvider', { params: { id }, body }));
export const useConfirmProvider = (id: string) =>
  useProviderChange((updatedAt: string) => api('confirmProvider', { params: { id }, body: { updatedAt } }));
/** Its page is still open while it goes: what is known of it is forgotten there only when the page is left. */
export const useDeleteProvider = () => {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('deleteProvider', { params: { id } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: [...PROVIDERS, 'list'] }),
  });
};
export const useAddMapping = (id: string) =>
  useProviderChange((body: WantedMapping) => api('addMapping', { params: { id }, body }));
export const useRemoveMapping = (id: string) =>
  useProviderChange((mappingId: string) => api('removeMapping', { params: { id, mappingId } }));
export const useTestProvider = (id: string) =>
  useMutation({
    mutationFn: (body: { login?: string; password?: string } = {}) => api('testProvider', { params: { id }, body }),
  });
/** Looks at a SAML provider's metadata; nothing is stored by it. */
export const useReadMetadata = () =>
  useMutation({ mutationFn: (body: { url: string } | { xml: string }) => api('readSamlMetadata', { body }) });
export const useCreateScimToken = (id: string) =>
  useProviderChange((body: { name: string; days: number }) => api('createScimToken', { params: { id }, body }));
export const useRevokeScimToken = (id: string) =>
  useProviderChange((tokenId: string) => api('revokeScimToken', { params: { id, tokenId } }));
