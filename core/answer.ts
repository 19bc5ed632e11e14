import { admit, admitParameters, type Admitted } from './access/admission.ts';
import { placesFor } from './access/at-once.ts';
import { narrowScope, type AccessScope, type Place } from './access/scope.ts';
import { noteUse } from './access/reviews/usage.ts';
import { auditRow } from './audit/record.ts';
import type { Context } from './context.ts';
import { answerWords } from './conversation/answer-words.ts';
import { cited, citationOf } from './conversation/citations.ts';
import { draft, type Draft } from './conversation/draft.ts';
import type { AnswerEvent, Outcome } from './conversation/events.ts';
import { noticesOf } from './conversation/notices.ts';
import { storeAnswer, storeQuestion, type AskedConversation } from './conversation/store.sql.ts';
import { watchAccess } from './conversation/watch-access.ts';
import { AppError, asAppError, notFound, type ErrorCode } from './errors.ts';
import { newId, type ConversationId, type KnowledgeBaseId, type MessageId, type PersonId } from './ids.ts';
import { guessLanguage } from './models/language.ts';
import type { ChatParameters } from './models/types.ts';
import { standingAlone } from './retrieval/follow-up.ts';
import { search, type FoundPassage } from './retrieval/search.ts';

export type Surface = 'portal' | 'api' | 'command_line' | 'slack' | 'teams';

export type Question = Readonly<{
  text: string;
  asker: PersonId;
  surface: Surface;
  place: Place;
  /** One of the asker's own; without it and without `threadKey` a new one begins. */
  conversationId?: ConversationId;
  /** The thread or chat on its surface: the asker's conversation of that thread goes on. */
  threadKey?: string;
  /** The id of a new one, where the surface wants to tell it before the first event. */
  newConversationId?: ConversationId;
  /** The answer's id, where the surface was told it before. */
  messageId?: MessageId;
  /** Only these; each must be readable in this place. */
  knowledgeBaseIds?: readonly KnowledgeBaseId[];
  model?: string;
  /** Of the model; only for who has `chat.controls`. */
  parameters?: ChatParameters;
  /** What others wrote in the thread before: data, never orders. */
  quoted?: readonly { author: string; text: string }[];
  /** Aborted when the asker stops or goes away. */
  signal?: AbortSignal;
}>;

const MAX_QUESTION_CHARACTERS = 8_000;
const TURNS_REMEMBERED = 6;

const takePlace = placesFor(
  10,
  'Ten of your questions are being answered already. Wait for one of them, then ask again',
);

/**
 * The way of a question, from the asker to the last event. Ends with exactly one `done` or `failed`.
 * Throws only before the first event, so that a caller can still answer with a status:
 * @throws AppError 'bad_input', 'question_too_long', 'too_many_requests', 'forbidden', or 'not_found' for a conversation, knowledge base or
 * model that is not there for this asker.
 */
export async function* answer(ctx: Context, question: Question): AsyncGenerator<AnswerEvent> {
  const started = performance.now();
  const messageId = question.messageId ?? newId();
  const text = checkedText(question.text);
  using _place = takePlace(question.asker);
  const admitted = await admit(ctx, question.asker, question.place);
  const { shared, personal } = narrowed(admitted, question.knowledgeBaseIds);
  if (question.parameters) await admitParameters(ctx, question.asker);
  const choice = ctx.models.choose(admitted.chatModels, question);
  const conversation = await enter(ctx, question, text, shared);
  const language = guessLanguage(text);
  const words = answerWords(language);

  yield { type: 'status', code: 'searching', text: words.searching };
  const finished: Draft = {
    text: '',
    kept: null,
    passages: [],
    citations: [],
    outcome: 'not_found',
    remembered: [],
    model: choice.label,
    firstTextMs: null,
    preModelMs: 0,
  };
  try {
    using watch = watchAccess(ctx, question, shared, () => finished, question.signal);
    const query = {
      ...standingAlone(text, conversation.turns),
      limit: ctx.config.PASSAGES_PER_ANSWER,
      signal: watch.signal,
    };
    const [passages, fuller] = await Promise.all([
      search(ctx, shared, query),
      question.place.kind === 'private' ? [] : search(ctx, personal, query),
    ]);
    finished.passages = passages;
    await watch.stillAllowed();

    const knowledgeBases = shared.knowledgeBaseIds.flatMap((id) => admitted.knowledgeBases.get(id) ?? []);
    yield* draft(
      ctx,
      {
        text,
        language,
        words,
        conversation,
        passages,
        knowledgeBases,
        choice,
        quoted: question.quoted ?? [],
        asker: question.asker,
        signal: watch.signal,
        started,
      },
      finished,
    );
    finished.citations = citationsOf(ctx, finished);
    await keep(ctx, question, conversation.id, messageId, finished, started);
    yield { type: 'citations', ...citedBy(finished, admitted) };
    if (readsMoreAlone(passages, fuller)) yield { type: 'private', messageId: newId(), deliveredTo: 'direct' };
    yield {
      type: 'done',
      conversationId: conversation.id,
      messageId,
      outcome: finished.outcome,
      ...citedBy(finished, admitted),
      knowledgeBases: knowledgeBases.map(({ id, name }) => ({ id, name })),
      model: finished.model,
      timings: timingsOf(finished, started),
    };
  } catch (error) {
    const failure = asAppError(error);
    finished.citations = citationsOf(ctx, finished);
    if (failure.code === 'internal')
      ctx.log.error({ error, conversationId: conversation.id, surface: question.surface }, 'answer_failed');
    await keep(ctx, question, conversation.id, messageId, finished, started, failure).catch((lost: unknown) =>
      ctx.log.error({ error: lost, conversationId: conversation.id }, 'answer_not_kept'),
    );
    const said: Partial<Record<ErrorCode, string>> = {
      access_changed: words.accessChanged,
      stopped: words.stopped,
      stopping: words.stopping,
    };
    // What was written so far can be checked, too, unless it is what the asker may not read any more.
    if (finished.citations.length > 0 && failure.code !== 'access_changed')
      yield { type: 'citations', ...citedBy(finished, admitted) };
    const message = said[failure.code] ?? failure.message;
    yield { type: 'failed', code: failure.code, message, conversationId: conversation.id };
  }
}

function checkedText(text: string): string {
  // No database keeps a NUL, and nobody writes one.
  const trimmed = text.replaceAll('\0', '').trim();
  if (trimmed === '') throw new AppError('bad_input', 'Ask a question in a few words');
  if (trimmed.length > MAX_QUESTION_CHARACTERS)
    throw new AppError(
      'question_too_long',
      `A question may have up to ${MAX_QUESTION_CHARACTERS} characters. Shorten it, or upload the text as a document`,
    );
  return trimmed;
}

/** The scopes cut down to what was asked for. An id that this place may not read is answered as one that does not exist. */
function narrowed(
  { shared, personal }: Admitted,
  wanted: readonly KnowledgeBaseId[] | undefined,
): { shared: AccessScope; personal: AccessScope } {
  if (wanted === undefined || wanted.length === 0) return { shared, personal };
  if (wanted.some((id) => !shared.knowledgeBaseIds.includes(id))) throw notFound('knowledge base');
  return { shared: narrowScope(shared, wanted), personal: narrowScope(personal, wanted) };
}

async function enter(ctx: Context, question: Question, text: string, scope: AccessScope): Promise<AskedConversation> {
  const at = ctx.clock.now();
  const entered = await storeQuestion(ctx.pool, {
    personId: question.asker,
    surface: question.surface,
    conversationId: question.conversationId ?? null,
    newConversationId: question.newConversationId ?? newId(),
    threadKey: question.threadKey ?? null,
    messageId: newId(),
    text,
    readable: scope.knowledgeBaseIds,
    turns: TURNS_REMEMBERED,
    at,
  });
  if (!entered) throw notFound('conversation');
  return entered;
}

const citationsOf = (ctx: Pick<Context, 'config'>, { outcome, text, passages }: Draft): Draft['citations'] =>
  outcome === 'answered' ? cited(text, passages, (passage, n) => citationOf(ctx.config, passage, n)) : [];

const citedBy = ({ citations }: Draft, { knowledgeBases }: Admitted) => ({
  citations,
  notices: noticesOf(citations, (id) => knowledgeBases.get(id)?.notice ?? ''),
});

/** Whether the asker's own scope brings another passage among the first: then the fuller answer is for them alone. */
function readsMoreAlone(shown: readonly FoundPassage[], fuller: readonly FoundPassage[]): boolean {
  const ids = new Set(shown.map((passage) => passage.id));
  return fuller.some((passage) => !ids.has(passage.id));
}

const timingsOf = (draft: Draft, started: number) => ({
  preModelMs: round(draft.preModelMs),
  firstTextMs: draft.firstTextMs === null ? null : round(draft.firstTextMs),
  totalMs: round(performance.now() - started),
});
const round = (ms: number): number => Math.round(ms * 10) / 10;

async function keep(
  ctx: Context,
  question: Question,
  conversationId: ConversationId,
  messageId: MessageId,
  finished: Draft,
  started: number,
  failure?: AppError,
): Promise<void> {
  const outcome: Outcome | 'failed' | 'stopped' = failure
    ? failure.code === 'stopped'
      ? 'stopped'
      : 'failed'
    : finished.outcome;
  const citedIds = new Set(finished.citations.map((citation) => citation.passageId));
  const answered = {
    id: messageId,
    conversationId,
    text: finished.kept ?? finished.text,
    outcome,
    errorCode: failure?.code ?? null,
    model: finished.model || null,
    timings: timingsOf(finished, started),
    at: ctx.clock.now(),
    remembered: finished.remembered,
    sources: finished.passages.map((passage, index) => ({
      n: index + 1,
      knowledgeBaseId: passage.knowledgeBaseId,
      documentId: passage.documentId,
      versionId: passage.versionId,
      passageId: passage.id,
      score: passage.score,
      cited: citedIds.has(passage.id),
    })),
  };
  const entry = auditRow({
    actorId: question.asker,
    surface: question.surface,
    action: 'question.asked',
    subjectKind: 'message',
    subjectId: messageId,
    detail: {
      outcome,
      place: question.place.kind === 'private' ? 'private' : question.place.audience.kind,
      model: finished.model,
      passages: finished.passages.map((passage) => passage.id),
      ...(question.parameters ? { parameters: question.parameters } : {}),
      ...(failure ? { code: failure.code } : {}),
    },
  });
  await storeAnswer(ctx.pool, answered, entry);
  await noteUse(
    ctx,
    question.asker,
    answered.sources.map((source) => source.knowledgeBaseId),
  );
}
