import { z } from 'zod';
import { KEY_SCOPES, call } from './call.ts';
import { byId, id, instant, listOf } from './shapes.ts';

export const updateAccount = call({
  method: 'PATCH',
  path: '/account',
  summary: "Change one's own language",
  topic: 'Account',
  access: 'session',
  body: z.object({ language: z.enum(['en', 'de']).nullable() }),
  status: 204,
  answers: null,
});

export const chatAccount = z
  .object({
    id,
    surface: z.enum(['slack', 'teams']),
    name: z.string(),
    workspace: z.string(),
    linkedAt: instant,
  })
  .meta({ id: 'ChatAccount' });

export const listChatAccounts = call({
  method: 'GET',
  path: '/account/chat-accounts',
  summary: 'The chat accounts linked to me',
  topic: 'Account',
  access: 'session',
  status: 200,
  answers: listOf(chatAccount),
});

export const unlinkChatAccount = call({
  method: 'DELETE',
  path: '/account/chat-accounts/{id}',
  summary: 'Unlink a chat account; the bot knows it no more',
  topic: 'Account',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});

export const mySession = z
  .object({
    id,
    device: z.string().nullable(),
    address: z.string().nullable(),
    createdAt: instant,
    lastSeenAt: instant,
    expiresAt: instant,
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

export const listSessions = call({
  method: 'GET',
  path: '/account/sessions',
  summary: 'Where I am signed in',
  topic: 'Account',
  access: 'session',
  status: 200,
  answers: listOf(mySession),
});

export const endSession = call({
  method: 'DELETE',
  path: '/account/sessions/{id}',
  summary: 'End one of my sessions',
  topic: 'Account',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});

export const apiKey = z
  .object({
    id,
    name: z.string(),
    scopes: z.array(z.string()),
    madeBy: z.enum(['portal', 'command_line']),
    /** Why somebody else made it for me on the command line. */
    reason: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant,
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

export const listApiKeys = call({
  method: 'GET',
  path: '/account/keys',
  summary: 'My living API keys, those made for me on the command line among them',
  topic: 'Account',
  access: 'session',
  status: 200,
  answers: listOf(apiKey),
});

export const newApiKey = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(KEY_SCOPES)).min(1).default(['ask', 'search']),
  days: z.int().min(1).max(3650).default(30),
});
/** `key` is told this once. */
export const madeApiKey = z.object({ id, key: z.string(), expiresAt: instant });

export const createApiKey = call({
  method: 'POST',
  path: '/account/keys',
  summary: 'Make an API key; it is shown this once',
  topic: 'Account',
  access: 'session',
  body: newApiKey,
  status: 201,
  answers: madeApiKey,
});

export const revokeApiKey = call({
  method: 'DELETE',
  path: '/account/keys/{id}',
  summary: 'Revoke one of my API keys',
  topic: 'Account',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});

/** Something recorded about me: sign-ins, links, keys, and who asked in my name on the command line and why. */
export const accountEvent = z
  .object({
    id,
    at: instant,
    action: z.string(),
    surface: z.string(),
    reason: z.string().nullable(),
    /** The name of what it was done to, such as a key or a provider. */
    about: z.string().nullable(),
    /** Whether somebody else did it. */
    byOther: z.boolean(),
  })
  .meta({ id: 'AccountEvent' });

export const listAccountEvents = call({
  method: 'GET',
  path: '/account/events',
  summary: 'What was recorded about me lately, newest first',
  topic: 'Account',
  access: 'session',
  status: 200,
  answers: listOf(accountEvent),
});
