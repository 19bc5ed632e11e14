import type { Response } from 'express';
import { decide } from '../../../core/access/decide.ts';
import { scopeOf } from '../../../core/access/scopes.ts';
import { narrowScope, PRIVATE } from '../../../core/access/scope.ts';
import { answer, type Question } from '../../../core/answer.ts';
import type { Context } from '../../../core/context.ts';
import { citationOf } from '../../../core/conversation/citations.ts';
import type { AnswerEvent } from '../../../core/conversation/events.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { newId, type ConversationId, type MessageId } from '../../../core/ids.ts';
import type { ChatParameters } from '../../../core/models/types.ts';
import { search } from '../../../core/retrieval/search.ts';
import * as contract from '../../contract/ask.ts';
import { callerStill, surfaceOf } from '../caller.ts';
import { openEvents } from '../events.ts';
import { route, SENT, type Handling } from '../route.ts';
import { endingWithProgram, stopAnswer, stoppable, stopped } from '../running-answers.ts';

type Asking = Handling<typeof contract.ask>;

const LOOK_AGAIN_MS = 1_000;

const accessChanged = () => new AppError('access_changed', 'Your access has changed meanwhile. Ask again');

/** Stops an answer whose session or key has ended since it was asked for. Gives the function that ends the looking. */
function endingWithCaller({ ctx, request }: Pick<Asking, 'ctx' | 'request'>, stop: AbortController): () => void {
  const look = async () => {
    const there = await callerStill(ctx, request).catch((error: unknown) => !(error instanceof AppError));
    if (!there) stop.abort(accessChanged());
  };
  let looking: Promise<void> | null = null;
  const timer = setInterval(() => (looking ??= look().finally(() => (looking = null))), LOOK_AGAIN_MS);
  return () => clearInterval(timer);
}

/** What the headers say of an answer before it is there. */
type Told = { messageId: MessageId; conversationId: ConversationId };

/** The caller's question, to be stopped when they go away or say so. */
function questionOf({ caller, body }: Asking, told: Told, signal: AbortSignal): Question {
  const { question, conversationId, knowledgeBaseIds, model, parameters } = body;
  return {
    text: question,
    asker: caller.person.id,
    surface: surfaceOf(caller),
    place: PRIVATE,
    messageId: told.messageId,
    signal,
    ...(conversationId === undefined ? { newConversationId: told.conversationId } : { conversationId }),
    ...(knowledgeBaseIds === undefined ? {} : { knowledgeBaseIds }),
    ...(model === undefined ? {} : { model }),
    ...(parameters === undefined ? {} : { parameters: given(parameters) }),
  };
}

/** The events, once there is a first one: until then the question may be refused, and no conversation has begun. */
async function begun(
  events: AsyncGenerator<AnswerEvent>,
  response: Response,
  told: Told,
): Promise<AsyncIterable<AnswerEvent>> {
  const first = await events.next();
  response.set(contract.CONVERSATION_ID_HEADER, told.conversationId);
  return (async function* () {
    try {
      if (!first.done) yield first.value;
      yield* events;
    } finally {
      await events.return(undefined);
    }
  })();
}

/** Without the parts that were left out. */
const given = (parameters: contract.Parameters): ChatParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));

async function stream(asking: Asking, events: AsyncIterable<AnswerEvent>): Promise<typeof SENT> {
  const out = openEvents(asking.request, asking.response);
  // Read to its end although nobody may listen any more: the answer is kept as far as it came.
  for await (const event of events) out.send(event);
  out.end();
  return SENT;
}

async function whole(ctx: Context, events: AsyncIterable<AnswerEvent>): Promise<contract.Answer> {
  let text = '';
  for await (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'failed') throw new AppError(event.code, event.message);
    if (event.type === 'done') {
      const { type: _, citations, knowledgeBases, notices, ...rest } = event;
      return {
        ...rest,
        answer: text,
        citations: [...citations],
        knowledgeBases: [...knowledgeBases],
        notices: [...notices],
      };
    }
  }
  ctx.log.error({ surface: 'api' }, 'answer_without_end');
  throw new AppError('internal', 'The answer broke off. Ask again');
}

/** Asking, stopping, and searching without an answer. */
export const askRoutes = [
  route(contract.ask, async (asking) => {
    const { ctx, caller, request, response, body } = asking;
    if (caller.via === 'session' && !(await decide(ctx, caller.person.id, 'playground')).allowed)
      throw new AppError('forbidden', 'You may not ask in the portal. Ask in your chat');
    const told = { messageId: newId(), conversationId: body.conversationId ?? newId() };
    const stop = new AbortController();
    const subscribed = stoppable(ctx, told.messageId, caller.person.id, stop);
    const unwatched = endingWithCaller(asking, stop);
    const goesOn = endingWithProgram(ctx, stop);
    response.on('close', () => response.writableFinished || stop.abort(stopped()));
    response.set(contract.MESSAGE_ID_HEADER, told.messageId);
    try {
      const events = await begun(answer(ctx, questionOf(asking, told, stop.signal)), response, told);
      const streamed = body.stream || request.accepts(['json', 'text/event-stream']) === 'text/event-stream';
      return await (streamed ? stream(asking, events) : whole(ctx, events));
    } finally {
      subscribed();
      unwatched();
      goesOn();
    }
  }),

  route(contract.stopAnswer, async ({ ctx, caller, params }) => stopAnswer(ctx, params.id, caller.person.id)),

  route(contract.search, async ({ ctx, caller, body, response }) => {
    const { query, knowledgeBaseIds, limit } = body;
    const own = await scopeOf(ctx, caller.person.id);
    if (knowledgeBaseIds?.some((id) => !own.knowledgeBaseIds.includes(id))) throw notFound('knowledge base');
    const scope =
      knowledgeBaseIds === undefined || knowledgeBaseIds.length === 0 ? own : narrowScope(own, knowledgeBaseIds);
    const gone = new AbortController();
    response.on('close', () => gone.abort(stopped()));
    const began = performance.now();
    const passages = await search(ctx, scope, { text: query, limit, signal: gone.signal });
    // A search that had to wait is answered by the rights of now, not of then.
    if (performance.now() - began > LOOK_AGAIN_MS) {
      const { knowledgeBaseIds: readable } = await scopeOf(ctx, caller.person.id);
      if (passages.some((passage) => !readable.includes(passage.knowledgeBaseId))) throw accessChanged();
    }
    return { passages: passages.map((passage, index) => citationOf(ctx.config, passage, index + 1)) };
  }),
];
