import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, named } from './shapes.ts';

/** A passage as an answer names it. `score`: cosine 0 to 1; the order is the fused rank, not this. */
export const citation = z
  .object({
    /** The number in the text, from 1. */
    n: z.int().min(1),
    passageId: id,
    document: z.object({ id, name: z.string(), version: z.int().min(1) }),
    knowledgeBase: named,
    page: z.int().nullable(),
    heading: z.string().nullable(),
    text: z.string(),
    score: z.number().min(0).max(1),
    /** Opens the exact passage in the portal, where access is checked again. */
    url: z.string(),
  })
  .meta({ id: 'Citation' });
export type Citation = z.infer<typeof citation>;

/** What the owner of a knowledge base wants said with every answer from it. Plain text: to be shown as it is, never as markup. */
export const notice = z.object({ knowledgeBaseId: id, name: z.string(), text: z.string() }).meta({ id: 'Notice' });
export type Notice = z.infer<typeof notice>;

export const timings = z.object({
  preModelMs: z.number(),
  firstTextMs: z.number().nullable(),
  totalMs: z.number(),
});

const outcome = z.enum(['answered', 'not_found']);

const told = {
  conversationId: id,
  messageId: id,
  outcome,
  citations: z.array(citation),
  /** What was searched. */
  knowledgeBases: z.array(named),
  /** Of the knowledge bases that are cited. */
  notices: z.array(notice),
  model: z.string(),
  timings,
};

export const answer = z.object({ ...told, answer: z.string() }).meta({ id: 'Answer' });
export type Answer = z.infer<typeof answer>;

/** One server-sent event, `data: {type, …}`. `done` or `failed` comes last, exactly once. */
export const answerEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('status'), code: z.enum(['searching', 'waking_model']), text: z.string() }),
    /** To be appended. */
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('citations'), citations: z.array(citation), notices: z.array(notice) }),
    z.object({ type: z.literal('private'), messageId: id, deliveredTo: z.enum(['portal', 'direct']) }),
    z.object({ type: z.literal('done'), ...told }),
    /** The next question can go on in this conversation all the same. */
    z.object({ type: z.literal('failed'), conversationId: id, code: z.string(), message: z.string() }),
  ])
  .meta({ id: 'AnswerEvent' });
export type AnswerEvent = z.infer<typeof answerEvent>;

/** The answer's message id stands in this header before the first event, so that it can be stopped. */
export const MESSAGE_ID_HEADER = 'Gatehouse-Message-Id';
/** The conversation's id, so that a client can go on in it however the answer ends. */
export const CONVERSATION_ID_HEADER = 'Gatehouse-Conversation-Id';

/** How the model writes this answer; only for who has the permission `chat.controls`. */
export const parameters = z
  .object({
    temperature: z.number().min(0).max(2),
    topP: z.number().gt(0).max(1),
    /** The longest answer, at most a quarter of the model's window. */
    maxTokens: z.int().min(1).max(32_768),
  })
  .partial()
  .meta({ id: 'Parameters', description: 'Needs the permission `chat.controls`' });
export type Parameters = z.infer<typeof parameters>;

export const ask = call({
  method: 'POST',
  path: '/ask',
  summary: 'Ask a question; with `stream` the answer comes as server-sent events',
  topic: 'Questions',
  access: 'ask',
  body: z.object({
    question: z.string().trim().min(1).max(200_000),
    conversationId: id.optional(),
    knowledgeBaseIds: z.array(id).max(100).optional(),
    model: z.string().min(1).max(300).optional(),
    parameters: parameters.optional(),
    stream: z.boolean().default(false),
  }),
  status: 200,
  answers: answer,
  event: answerEvent,
  headers: {
    [MESSAGE_ID_HEADER]: 'Id of the answer, by which it can be stopped',
    [CONVERSATION_ID_HEADER]: 'Id of the conversation, also where the answer fails after it began',
  },
});

export const stopAnswer = call({
  method: 'POST',
  path: '/messages/{id}/stop',
  summary: 'Stop an answer of mine that is being written',
  topic: 'Questions',
  access: 'ask',
  params: byId,
  status: 204,
  answers: null,
});

export const search = call({
  method: 'POST',
  path: '/search',
  summary: 'The passages that I may read and that fit best',
  topic: 'Questions',
  access: 'search',
  body: z.object({
    query: z.string().trim().min(1).max(200_000),
    knowledgeBaseIds: z.array(id).max(100).optional(),
    limit: z.int().min(1).max(50).default(5),
  }),
  status: 200,
  answers: z.object({ passages: z.array(citation) }),
});
