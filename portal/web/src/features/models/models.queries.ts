import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import type { Ref } from 'vue';
import { api, type Given } from '../../api/client.ts';

const SERVERS = ['model-servers'] as const;

export const useServers = (enabled: Ref<boolean> | boolean = true) =>
  useQuery({ enabled, queryKey: SERVERS, queryFn: async () => (await api('listModelServers')).items });

function useServerChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all([cache.invalidateQueries({ queryKey: SERVERS }), cache.invalidateQueries({ queryKey: ['models'] })]),
  });
}

export type NewServer = { name: string; kind: 'ollama' | 'openai'; baseUrl: string; apiKey?: string };
export type ServerTest = Given<'testModelServer'>;

export const useCreateServer = () => useServerChange((body: NewServer) => api('createModelServer', { body }));
export const useDeleteServer = () => useServerChange((id: string) => api('deleteModelServer', { params: { id } }));
export const useTestServer = () => useServerChange((id: string) => api('testModelServer', { params: { id } }));
export const useUpdateModel = () =>
  useServerChange(({ id, ...body }: { id: string; classes?: string[]; isDefault?: true }) =>
    api('updateModel', { params: { id }, body }),
  );
