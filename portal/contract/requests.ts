import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, page } from './shapes.ts';

/** Whose something is, as somebody who may not read it sees them. */
const ownerShown = z.object({ kind: z.enum(['person', 'group']), name: z.string() });

/** All that is shown of a knowledge base to somebody who may find but not read it. */
export const findable = z
  .object({
    id,
    name: z.string(),
    /** One sentence. */
    summary: z.string(),
    /** Null: nobody looks after it, so nobody can be asked. */
    owner: ownerShown.nullable(),
    /** My own open request for it. */
    requestId: id.nullable(),
  })
  .meta({ id: 'FindableKnowledgeBase' });
export type Findable = z.infer<typeof findable>;

const rightGiven = z.object({ level, until: instant.nullable() });

export const accessRequest = z
  .object({
    id,
    state: z.enum(['open', 'approved', 'declined', 'withdrawn', 'lapsed']),
    /** `name` null: I may not know it any more. */
    knowledgeBase: z.object({ id, name: z.string().nullable() }),
    person: z.object({
      id,
      name: z.string(),
      email: z.string().nullable(),
      /** The identity providers that vouch for them; '': none. */
      knownBy: z.string(),
      /** Who made their account, while no provider vouches for them. */
      madeBy: z.string().nullable(),
    }),
    reason: z.string(),
    level,
    /** The end that is wished; null: none. */
    until: instant.nullable(),
    createdAt: instant,
    closedAt: instant.nullable(),
    /** With `given` null it was declined. */
    answer: z.object({ by: z.string().nullable(), word: z.string(), given: rightGiven.nullable() }).nullable(),
    /** What was given to them by name before. */
    held: rightGiven.nullable(),
  })
  .meta({ id: 'AccessRequest' });
export type AccessRequest = z.infer<typeof accessRequest>;

export const listFindable = call({
  method: 'GET',
  path: '/findable-knowledge-bases',
  summary: 'Knowledge bases that I may not read but ask for, by name',
  topic: 'Requests',
  access: 'session',
  query: page.extend({ q: z.string().max(200).default('') }),
  status: 200,
  answers: listOf(findable),
});

export const askForAccess = call({
  method: 'POST',
  path: '/access-requests',
  summary: 'Ask for a knowledge base; asking again while the first request is open changes nothing and gives that one',
  topic: 'Requests',
  access: 'session',
  body: z.object({
    knowledgeBaseId: id,
    reason: z.string().trim().min(10, 'must say why, in at least 10 characters').max(500),
    level: level.default('use'),
    until: instant.nullable().default(null),
  }),
  status: 201,
  answers: accessRequest,
});

export const listAccessRequests = call({
  method: 'GET',
  path: '/access-requests',
  summary: 'Requests, open ones first, then the latest: my own, or those that I decide about',
  topic: 'Requests',
  access: 'session',
  query: page.extend({ side: z.enum(['asker', 'decider']).default('asker'), open: z.stringbool().optional() }),
  status: 200,
  answers: listOf(accessRequest),
});

export const getAccessRequest = call({
  method: 'GET',
  path: '/access-requests/{id}',
  summary: 'One request that I decide about',
  topic: 'Requests',
  access: 'session',
  params: byId,
  status: 200,
  answers: accessRequest,
});

export const withdrawAccessRequest = call({
  method: 'DELETE',
  path: '/access-requests/{id}',
  summary: 'Withdraw my own open request',
  topic: 'Requests',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});

export const approveAccessRequest = call({
  method: 'POST',
  path: '/access-requests/{id}/approve',
  summary: 'Give what was asked for, or less; more only where moreThanAsked says so',
  topic: 'Requests',
  access: 'session',
  params: byId,
  body: z.object({ level, until: instant.nullable(), moreThanAsked: z.boolean().default(false) }),
  status: 200,
  answers: accessRequest,
});

export const declineAccessRequest = call({
  method: 'POST',
  path: '/access-requests/{id}/decline',
  summary: 'Decline a request, with a word to who asked',
  topic: 'Requests',
  access: 'session',
  params: byId,
  body: z.object({ word: z.string().trim().max(500).default('') }),
  status: 200,
  answers: accessRequest,
});

export const endingSoon = call({
  method: 'GET',
  path: '/account/ending-soon',
  summary: 'What I may read that ends by itself within two weeks, the next first',
  topic: 'Requests',
  access: 'session',
  status: 200,
  answers: z.object({
    items: z.array(z.object({ knowledgeBase: z.object({ id, name: z.string() }), level, until: instant })),
  }),
});
