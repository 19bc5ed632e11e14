import { useMutation, useQueryClient } from '@tanstack/vue-query';
import { api, type Given } from '../../api/client.ts';

export type Import = Given<'importCompany'>;

export function useImportCompany() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { yaml: string; apply: boolean }) => api('importCompany', { body }),
    onSuccess: ({ applied }) => (applied ? cache.invalidateQueries() : undefined),
  });
}

export const useExportCompany = () => useMutation({ mutationFn: () => api('exportCompany') });
