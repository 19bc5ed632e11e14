import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api } from '../../api/client.ts';

export const usePassage = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['passage', id.value]),
    queryFn: ({ signal }) => api('getPassage', { params: { id: id.value } }, { signal }),
    staleTime: 60_000,
    retry: false,
  });

export const useDocumentPage = (id: Ref<string>, page: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['document-page', id.value, page.value]),
    queryFn: ({ signal }) => api('getDocumentPage', { params: { id: id.value, page: page.value } }, { signal }),
    staleTime: 60_000,
    retry: false,
  });
