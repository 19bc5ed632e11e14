import { z } from 'zod';
import { citation, notice } from './ask.ts';
import { call } from './call.ts';
import { byId, id, instant, listOf, page } from './shapes.ts';

export const conversation = z
  .object({
    id,
    title: z.string(),
    surface: z.enum(['portal', 'api', 'command_line', 'slack', 'teams']),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

export const message = z
  .object({
    id,
    role: z.enum(['person', 'assistant']),
    /** Of an answer: without the parts that rest on passages which may not be read any more. */
    text: z.string(),
    outcome: z.enum(['answered', 'not_found', 'failed', 'stopped']).nullable(),
    errorCode: z.string().nullable(),
    model: z.string().nullable(),
    feedback: z.enum(['good', 'bad']).nullable(),
    citations: z.array(citation),
    /** Of the knowledge bases that are cited, as they are worded now. */
    notices: z.array(notice),
    /** How many of its citations I may not read any more, or are gone. Above 0 the portal says so. */
    withheld: z.int().min(0),
    createdAt: instant,
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof message>;

export const listConversations = call({
  method: 'GET',
  path: '/conversations',
  summary: 'My own conversations, the latest first',
  topic: 'Conversations',
  access: 'ask',
  query: page,
  status: 200,
  answers: listOf(conversation),
});

export const getConversation = call({
  method: 'GET',
  path: '/conversations/{id}',
  summary: 'One of my own conversations',
  topic: 'Conversations',
  access: 'ask',
  params: byId,
  status: 200,
  answers: conversation,
});

export const listMessages = call({
  method: 'GET',
  path: '/conversations/{id}/messages',
  summary: 'The messages of one of my own conversations, the oldest first',
  topic: 'Conversations',
  access: 'ask',
  params: byId,
  query: page,
  status: 200,
  answers: listOf(message),
});

export const giveFeedback = call({
  method: 'PUT',
  path: '/messages/{id}/feedback',
  summary: 'Say whether an answer of mine was good; null takes it back',
  topic: 'Conversations',
  access: 'ask',
  params: byId,
  body: z.object({ feedback: z.enum(['good', 'bad']).nullable() }),
  status: 204,
  answers: null,
});
