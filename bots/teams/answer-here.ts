import { answer, type Question } from '../../core/answer.ts';
import { PRIVATE, type Audience } from '../../core/access/scope.ts';
import { stillFits } from '../../core/conversation/readers.ts';
import { spoken } from '../../core/conversation/spoken.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import { newId, type MessageId } from '../../core/ids.ts';
import { keepStanding } from './answers.sql.ts';
import { threadKeyOf, wholeConversationId, type Chat } from './chat.ts';
import { drawAnswer } from './draw.ts';
import { createStream } from './stream.ts';
import type { Teams } from './teams.ts';

export type Told =
  /** `privateId`: the asker may read more, and is to get it under this id. */
  | { kind: 'said'; privateId: MessageId | null }
  /** Whoever reads along changed while it was written: nothing was said. */
  | { kind: 'readers_changed' }
  /** Another process answers. */
  | { kind: 'superseded' };

/** What is said is checked against a list of members not older than this, ms. */
const FRESH_MS = 5_000;

/**
 * Answers a question in a chat. `readers`: who reads along there, null in a personal chat; they are looked at again right
 * before anything is said. `grow`: as a message that grows, where the chat has room for one.
 * @throws TeamsCallError where the answer could not be said.
 */
export async function answerHere(
  teams: Teams,
  here: {
    chat: Chat;
    question: Pick<Question, 'text' | 'asker'> & { messageId?: MessageId };
    words: ChatWords;
    readers: Audience | null;
    grow: boolean;
    mayBegin(): Promise<boolean>;
  },
): Promise<Told> {
  const { ctx, api } = teams;
  const { chat, question, words, readers } = here;
  const controller = new AbortController();
  const messageId = question.messageId ?? newId();
  const grows = here.grow && chat.kind === 'personal' && !teams.growing.has(chat.conversationId);
  let superseded = false;
  if (grows) teams.growing.add(chat.conversationId);
  else if (chat.kind !== 'channel') void api.sendIfRoom(chat, { type: 'typing' }).catch(() => {});
  try {
    const events = answer(ctx, {
      ...question,
      messageId,
      surface: 'teams',
      place: readers === null ? PRIVATE : { kind: 'shared', audience: readers },
      threadKey: threadKeyOf(chat),
      signal: controller.signal,
    });
    const drawn = await drawAnswer(spoken(ctx, 'teams', events), {
      stream: grows ? createStream(api, chat, { onStopped: () => controller.abort() }) : null,
      send: (message) => api.send(chat, message),
      words,
      async mayBegin() {
        if (readers !== null && !stillFits(readers, (await teams.rosters.readers(chat, FRESH_MS)).audience))
          return false;
        superseded = !(await here.mayBegin());
        if (superseded) controller.abort();
        return !superseded;
      },
    });
    if (superseded) return { kind: 'superseded' };
    if (!drawn.begun) return { kind: 'readers_changed' };
    const activityId = drawn.messageIds.at(-1);
    if (drawn.last?.type === 'done' && activityId)
      await keepStanding(ctx.pool, { ...placeOf(chat), activityId }, drawn.last.messageId).catch((error: unknown) =>
        ctx.log.warn({ error, surface: 'teams' }, 'answer cannot be rated'),
      );
    return { kind: 'said', privateId: drawn.private?.messageId ?? null };
  } finally {
    if (grows) teams.growing.delete(chat.conversationId);
  }
}

/** A channel is one place, whichever thread of it a thumb came from. */
export const placeOf = (
  chat: Pick<Chat, 'tenantId' | 'conversationId'>,
): { tenantId: string; conversationId: string } => ({
  tenantId: chat.tenantId,
  conversationId: wholeConversationId(chat.conversationId),
});
