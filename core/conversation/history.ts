import type { AccessScope } from '../access/scope.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { ConversationId, MessageId, PersonId } from '../ids.ts';
import { passageUrl } from '../knowledge/passage.ts';
import type { Citation, Notice } from './events.ts';
import {
  ownConversation,
  ownConversations,
  ownMessages,
  setFeedback,
  sourcesOf,
  type ConversationRow,
  type MessageRow,
  type SourceRow,
} from './history.sql.ts';
import { noticesOf } from './notices.ts';

type Needs = Pick<Context, 'pool' | 'config'>;

export type Place = Readonly<{ at: string; id: string }>;

/** A person's own conversations, the latest first. */
export const conversationsOf = (
  ctx: Needs,
  person: PersonId,
  page: { after: Place | null; limit: number },
): Promise<ConversationRow[]> =>
  ownConversations(ctx.pool, person, page.after && { updatedAt: page.after.at, id: page.after.id }, page.limit);

/** @throws AppError 'not_found' for one that is another's too. */
export async function conversationOf(ctx: Needs, person: PersonId, id: ConversationId): Promise<ConversationRow> {
  const found = await ownConversation(ctx.pool, person, id);
  if (!found) throw notFound('conversation');
  return found;
}

/** A message as its person may see it now. `withheld`: how many of its citations may not be shown any more. */
export type ShownMessage = MessageRow & { citations: Citation[]; notices: Notice[]; withheld: number };

/**
 * The messages of one of a person's own conversations, the oldest first. What an answer was drawn from is looked at again:
 * a citation that `scope` does not reach any more is left out, and so is every line of the text that rests on it.
 * @throws AppError 'not_found' for a conversation that is another's too.
 */
export async function messagesOf(
  ctx: Needs,
  scope: AccessScope,
  id: ConversationId,
  page: { after: Place | null; limit: number },
): Promise<ShownMessage[]> {
  await conversationOf(ctx, scope.personId, id);
  const after = page.after && { createdAt: page.after.at, id: page.after.id };
  const messages = await ownMessages(ctx.pool, scope.personId, id, after, page.limit);
  const sources = await sourcesOf(
    ctx.pool,
    messages.filter((message) => message.role === 'assistant').map((message) => message.id),
    scope.knowledgeBaseIds,
  );
  const byMessage = Map.groupBy(sources, (source) => source.messageId);
  return messages.map((message) => shown(ctx, message, byMessage.get(message.id) ?? []));
}

/** @throws AppError 'not_found' for a message that is no answer to this person. */
export async function giveFeedback(
  ctx: Needs,
  person: PersonId,
  message: MessageId,
  feedback: 'good' | 'bad' | null,
): Promise<void> {
  if ((await setFeedback(ctx.pool, person, message, feedback)) === 0) throw notFound('message');
}

function shown(ctx: Needs, message: MessageRow, sources: readonly SourceRow[]): ShownMessage {
  const readable = new Map(
    sources.flatMap((source) => {
      const citation = citationOf(ctx, source);
      return citation === null ? [] : [[source.n, citation] as const];
    }),
  );
  const cited = sources.filter((source) => source.cited);
  // What was not cited was read by the model all the same.
  const lost = sources.filter((source) => !readable.has(source.n)).map((source) => source.n);
  const text = lost.length === 0 ? message.text : withoutLost(message.text, readable, lost);
  const citations = cited.flatMap((source) => readable.get(source.n) ?? []);
  const noticeOf = new Map(cited.map(({ knowledgeBaseId, notice }) => [knowledgeBaseId, notice ?? '']));
  const lostCitations = cited.filter((source) => !readable.has(source.n)).length;
  return {
    ...message,
    text,
    citations,
    notices: noticesOf(citations, (id) => noticeOf.get(id) ?? ''),
    withheld: lostCitations > 0 || text === message.text ? lostCitations : lost.length,
  };
}

function citationOf(ctx: Needs, source: SourceRow): Citation | null {
  const { text, documentName, version, knowledgeBaseName } = source;
  if (text === null || documentName === null || version === null || knowledgeBaseName === null) return null;
  return {
    n: source.n,
    passageId: source.passageId,
    document: { id: source.documentId, name: documentName, version },
    knowledgeBase: { id: source.knowledgeBaseId, name: knowledgeBaseName },
    page: source.page,
    heading: source.heading,
    text,
    score: Math.min(1, Math.max(0, source.score)),
    url: passageUrl(ctx.config, source.passageId),
  };
}

/**
 * The text without what rests on lost passages. A paragraph stays only if it names its sources and all of them can be
 * read still: one without a number may repeat what a lost passage said.
 */
function withoutLost(text: string, readable: ReadonlyMap<number, unknown>, lost: readonly number[]): string {
  return text
    .split(/\n{2,}/)
    .filter((paragraph) => {
      const named = [...paragraph.matchAll(/\[(\d{1,2})\]/g)].map((mark) => Number(mark[1]));
      return named.some((n) => readable.has(n)) && !named.some((n) => lost.includes(n));
    })
    .join('\n\n');
}
