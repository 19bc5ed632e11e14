import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, watch, type Ref } from 'vue';
import type { Document, KnowledgeBase, ProgressEvent } from '../../../../contract/index.ts';
import { api, events } from '../../api/client.ts';
import { asProblem } from '../../api/problem.ts';

export const KNOWLEDGE = ['knowledge'] as const;
const documentsKey = (id: string) => [...KNOWLEDGE, id, 'documents'] as const;
const AGAIN_MS = 3_000;

export const useKnowledgeBases = () =>
  useQuery({
    queryKey: [...KNOWLEDGE, 'list'],
    queryFn: async () => (await api('listKnowledgeBases')).items,
    // While files are being read the counts move: look again.
    refetchInterval: (query) =>
      query.state.data?.some(({ unfinishedCount }) => unfinishedCount > 0) ? AGAIN_MS : false,
  });

export const useKnowledgeBase = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => [...KNOWLEDGE, id.value, 'one']),
    queryFn: () => api('getKnowledgeBase', { params: { id: id.value } }),
    refetchInterval: (query) => ((query.state.data?.unfinishedCount ?? 0) > 0 ? AGAIN_MS : false),
  });

export const useDocument = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['document', id.value]),
    queryFn: () => api('getDocument', { params: { id: id.value } }),
    retry: false,
  });

export function useDocuments(id: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => documentsKey(id.value)),
    queryFn: ({ pageParam, signal }) =>
      api(
        'listDocuments',
        { params: { id: id.value }, query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, documents: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

/** Keeps the documents of a knowledge base as they are on the server, as long as the page is open. */
export function useLiveDocuments(id: Ref<string>): void {
  const cache = useQueryClient();
  let stop = new AbortController();

  async function follow(knowledgeBaseId: string, signal: AbortSignal) {
    while (!signal.aborted) {
      try {
        const changes = events<ProgressEvent>('watchDocuments', { params: { id: knowledgeBaseId } }, { signal });
        for await (const event of changes) if (event.type !== 'failed') takeProgress(knowledgeBaseId, event);
      } catch (error) {
        // The connection broke or the server restarted: tried again below. What may not be seen is not asked for again.
        if (['not_found', 'not_signed_in', 'forbidden'].includes(asProblem(error).code)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  function takeProgress(knowledgeBaseId: string, event: Exclude<ProgressEvent, { type: 'failed' }>) {
    type Pages = { pages: { items: Document[]; nextCursor: string | null }[]; pageParams: unknown[] };
    const known = cache.getQueryData<Pages>(documentsKey(knowledgeBaseId));
    if (!known) return;
    const gone = new Set(event.type === 'deleted' ? event.documentIds : []);
    const fresh = new Map(event.type === 'documents' ? event.documents.map((document) => [document.id, document]) : []);
    const shown = new Set(known.pages.flatMap(({ items }) => items.map((document) => document.id)));
    cache.setQueryData<Pages>(documentsKey(knowledgeBaseId), {
      ...known,
      pages: known.pages.map((page) => ({
        ...page,
        items: page.items.filter((one) => !gone.has(one.id)).map((one) => fresh.get(one.id) ?? one),
      })),
    });
    const settled = [...fresh.values()].some(({ stage }) => stage === 'ready' || stage === 'failed');
    if ([...fresh.keys()].some((one) => !shown.has(one)))
      void cache.invalidateQueries({ queryKey: documentsKey(knowledgeBaseId) });
    if (settled || gone.size > 0) void cache.invalidateQueries({ queryKey: [...KNOWLEDGE, knowledgeBaseId, 'one'] });
  }

  watch(
    id,
    (now) => {
      stop.abort();
      stop = new AbortController();
      void follow(now, stop.signal);
    },
    { immediate: true },
  );
  onScopeDispose(() => stop.abort());
}

function useKnowledgeChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: KNOWLEDGE }) });
}

export const useCreateKnowledgeBase = () =>
  useKnowledgeChange((body: { name: string; description: string; ownerGroupId?: string }) =>
    api('createKnowledgeBase', { body }),
  );
export type KnowledgeSettings = Pick<
  KnowledgeBase,
  'name' | 'description' | 'answerPolicy' | 'notice' | 'discoverable'
>;
export const useUpdateKnowledgeBase = (id: string) =>
  useKnowledgeChange((body: Partial<KnowledgeSettings>) => api('updateKnowledgeBase', { params: { id }, body }));
export const useDeleteKnowledgeBase = () =>
  useKnowledgeChange((id: string) => api('deleteKnowledgeBase', { params: { id } }));
export const useDeleteDocument = () => useKnowledgeChange((id: string) => api('deleteDocument', { params: { id } }));
export const useRetryDocument = () => useKnowledgeChange((id: string) => api('retryDocument', { params: { id } }));

export const useTestSearch = (id: string) =>
  useMutation({
    mutationFn: async (query: string) =>
      (await api('search', { body: { query, knowledgeBaseIds: [id], limit: 8 } })).passages,
  });
