import type { QueryClient } from '@tanstack/vue-query';
import { reactive, shallowReactive } from 'vue';
import { CONVERSATION_ID_HEADER, MESSAGE_ID_HEADER } from './headers.ts';
import type { AnswerEvent, Parameters } from '../../../../contract/index.ts';
import { api, events } from '../../api/client.ts';
import { asProblem } from '../../api/problem.ts';
import { CONVERSATIONS, fetchMessages, messagesKey } from './chat.queries.ts';
import { fail, newTurn, take, type Turn } from './turns.ts';

export type Asked = {
  question: string;
  conversationId?: string | undefined;
  knowledgeBaseIds: readonly string[];
  model?: string | undefined;
  parameters?: Parameters;
};

/** The key under which a conversation that has no id yet is written. */
export const NEW = 'new';

const STOP_PATIENCE_MS = 2_000;
const stops = new Map<string, () => void>();

/**
 * The turns that are being written, or ended without a record, by conversation. It outlives the page: who looks at
 * something else meanwhile finds the answer when they come back.
 */
export const underway = shallowReactive(new Map<string, Turn>());

/**
 * Asks, and fills the turn as the answer comes. `onConversation` gets the id of the conversation once there is one.
 * Never throws: what goes wrong stands in the turn.
 */
export async function ask(cache: QueryClient, asked: Asked, onConversation: (id: string) => void): Promise<void> {
  const key = asked.conversationId ?? NEW;
  const turn = reactive(newTurn(asked.question));
  const stop = new AbortController();
  underway.set(key, turn);
  stops.set(key, () => void askToStop(turn, stop));
  let conversationId = asked.conversationId;
  try {
    const onStart = (headers: Headers) => {
      turn.messageId = headers.get(MESSAGE_ID_HEADER);
      conversationId = headers.get(CONVERSATION_ID_HEADER) ?? conversationId;
    };
    for await (const event of events<AnswerEvent>('ask', { body: bodyOf(asked) }, { signal: stop.signal, onStart }))
      take(turn, event);
    if (turn.state === 'running') fail(turn, 'offline', '');
  } catch (error) {
    const { code, sentence } = asProblem(error);
    fail(turn, code === 'aborted' ? 'stopped' : code, sentence);
  } finally {
    stops.delete(key);
  }
  await settle(cache, key, turn, conversationId, onConversation);
}

/** Stops what is being written in a conversation; what has come so far stays. */
export const stopAsking = (key: string): void => stops.get(key)?.();

/** Puts away a turn that ended without a record. */
export const forget = (key: string): void => void underway.delete(key);

const bodyOf = ({ question, conversationId, knowledgeBaseIds, model, parameters = {} }: Asked) => ({
  question,
  stream: true,
  ...(conversationId ? { conversationId } : {}),
  ...(knowledgeBaseIds.length > 0 ? { knowledgeBaseIds: [...knowledgeBaseIds] } : {}),
  ...(model ? { model } : {}),
  ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
});

/** Lets the server end the answer, so that it keeps what was written; hangs up where it does not. */
async function askToStop(turn: Turn, stop: AbortController): Promise<void> {
  const hangUp = setTimeout(() => stop.abort(), turn.messageId ? STOP_PATIENCE_MS : 0);
  if (turn.messageId)
    await api('stopAnswer', { params: { id: turn.messageId } }).catch(() => {
      clearTimeout(hangUp);
      stop.abort();
    });
}

/** Once it is over the record takes the place of the turn, however it ended; where there is none, the turn stays. */
async function settle(
  cache: QueryClient,
  key: string,
  turn: Turn,
  conversationId: string | undefined,
  onConversation: (id: string) => void,
): Promise<void> {
  void cache.invalidateQueries({ queryKey: CONVERSATIONS, exact: true });
  if (!conversationId) return;
  const messages = await fetchMessages(conversationId).catch(() => null);
  if (!messages) return;
  cache.setQueryData(messagesKey(conversationId), messages);
  if (key === NEW) {
    // Timings and what was searched are known only here, not in the record: they go along until the page is left.
    underway.set(conversationId, turn);
    underway.delete(NEW);
    onConversation(conversationId);
  }
}
