import { useQueryClient } from '@tanstack/vue-query';
import { computed, ref, watch, type Ref } from 'vue';
import { useRouter } from 'vue-router';
import type { Parameters } from '../../../../contract/index.ts';
import { ask, forget, NEW, stopAsking, underway } from './asking.ts';
import { useMessages } from './chat.queries.ts';
import { turnsOf, type Turn } from './turns.ts';

/** A conversation as the page shows it: its record, what is being written, and the way to ask on. */
export function useChat(id: Ref<string | undefined>) {
  const cache = useQueryClient();
  const router = useRouter();
  const record = useMessages(id);
  const { only } = router.currentRoute.value.query;
  const knowledgeBaseIds = ref<string[]>(typeof only === 'string' ? [only] : []);
  const model = ref<string>();
  const parameters = ref<Parameters>({});
  const key = computed(() => id.value ?? NEW);
  const current = computed(() => underway.get(key.value));
  const turns = computed(() => merge(turnsOf((id.value && record.data.value) || []), current.value));

  async function send(question: string) {
    const started = key.value;
    await ask(
      cache,
      {
        question,
        conversationId: id.value,
        knowledgeBaseIds: knowledgeBaseIds.value,
        model: model.value,
        parameters: parameters.value,
      },
      (made) => {
        // Only who still looks at it is taken to its own address.
        if (router.currentRoute.value.name === 'ask' && key.value === started)
          void router.replace({ name: 'ask', params: { id: made } });
      },
    );
  }
  // A new conversation begins with a clean page: what ended without a record there is put away.
  watch(id, (now) => {
    if (now === undefined && underway.get(NEW)?.state !== 'running') forget(NEW);
  });

  return {
    record,
    turns,
    knowledgeBaseIds,
    model,
    parameters,
    running: computed(() => current.value?.state === 'running'),
    send,
    retry: (question: string) => {
      forget(key.value);
      return send(question);
    },
    stop: () => stopAsking(key.value),
  };
}

/** The record with the turn of now in its place; that one alone knows its timings and what was searched. */
function merge(recorded: Turn[], now: Turn | undefined): Turn[] {
  if (!now) return recorded;
  const place = recorded.findIndex(({ messageId }) => messageId !== null && messageId === now.messageId);
  if (place >= 0 && now.state !== 'running')
    return recorded.with(place, {
      ...recorded[place]!,
      id: now.id,
      timings: now.timings,
      searched: now.searched,
      problem: now.problem,
    });
  const last = recorded.at(-1);
  const alreadyThere = place >= 0 || (last && !last.messageId && last.question === now.question);
  return [...(alreadyThere ? recorded.slice(0, place >= 0 ? place : -1) : recorded), now];
}
