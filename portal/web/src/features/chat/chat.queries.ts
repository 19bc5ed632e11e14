import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { Message } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

export const CONVERSATIONS = ['conversations'] as const;
export const messagesKey = (id: string) => ['conversations', id, 'messages'] as const;

const PAGE = 100;

export function useConversations() {
  const query = useInfiniteQuery({
    queryKey: CONVERSATIONS,
    queryFn: ({ pageParam, signal }) =>
      api('listConversations', { query: { limit: 40, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, conversations: computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? []) };
}

/** All messages of a conversation, the oldest first. */
export async function fetchMessages(id: string, signal?: AbortSignal): Promise<Message[]> {
  const all: Message[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof api<'listMessages'>>> = await api(
      'listMessages',
      { params: { id }, query: { limit: PAGE, ...(cursor ? { cursor } : {}) } },
      { signal },
    );
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

export const useMessages = (id: Ref<string | undefined>) =>
  useQuery({
    queryKey: computed(() => messagesKey(id.value ?? 'new')),
    queryFn: ({ signal }) => fetchMessages(id.value!, signal),
    enabled: computed(() => Boolean(id.value)),
    staleTime: 30_000,
  });

export const useModels = () =>
  useQuery({ queryKey: ['models'], queryFn: async () => (await api('listModels')).items, staleTime: 60_000 });

export function useFeedback(conversationId: Ref<string | undefined>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, feedback }: { id: string; feedback: Message['feedback'] }) =>
      api('giveFeedback', { params: { id }, body: { feedback } }),
    onMutate: ({ id, feedback }) => changeMessage(cache, conversationId.value, id, { feedback }),
    onError: () => conversationId.value && cache.invalidateQueries({ queryKey: messagesKey(conversationId.value) }),
  });
}

function changeMessage(cache: QueryClient, conversation: string | undefined, id: string, change: Partial<Message>) {
  if (!conversation) return;
  cache.setQueryData<Message[]>(messagesKey(conversation), (messages) =>
    messages?.map((message) => (message.id === id ? { ...message, ...change } : message)),
  );
}
