import { z } from 'zod';
import { call } from './call.ts';
import { password, role } from './session.ts';
import { byId, id, instant } from './shapes.ts';

const surface = z.enum(['slack', 'teams']);

/** Somebody who may be the same human as another: how they sign in, which chat accounts are theirs, how much they have. */
export const side = z
  .object({
    id,
    name: z.string(),
    email: z.string().nullable(),
    role,
    createdAt: instant,
    /** `provider` null: a local account. */
    identities: z.array(
      z.object({
        id,
        provider: z.string().nullable(),
        kind: z.string().nullable(),
        key: z.string().nullable(),
        email: z.string().nullable(),
      }),
    ),
    chatAccounts: z.array(z.object({ id, surface, name: z.string(), workspace: z.string() })),
    groups: z.int(),
    knowledgeBases: z.int(),
    conversations: z.int(),
  })
  .meta({ id: 'MergeSide' });
export type MergeSide = z.infer<typeof side>;

export const lookAlike = z
  .object({
    people: z.tuple([side, side]),
    likenesses: z.array(z.enum(['email', 'former_email', 'name'])),
    /** The open proposal that names one of them. */
    merge: id.nullable(),
  })
  .meta({ id: 'LookAlike' });
export type LookAlike = z.infer<typeof lookAlike>;

export const merge = z
  .object({
    id,
    kept: side,
    joining: side,
    role,
    keptConfirmed: z.boolean(),
    joiningConfirmed: z.boolean(),
    proposedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: 'Merge' });
export type Merge = z.infer<typeof merge>;

/** What a person is asked about another account; `seen` goes back when they confirm. */
export const asked = z
  .object({
    id,
    you: side,
    other: side,
    kept: z.boolean(),
    role,
    confirmed: z.boolean(),
    otherConfirmed: z.boolean(),
    expiresAt: instant,
    seen: z.string(),
  })
  .meta({ id: 'MergeAsked' });
export type MergeAsked = z.infer<typeof asked>;

const seen = z.string().min(1).max(100);

export const listLookAlikes = call({
  method: 'GET',
  path: '/people/look-alikes',
  summary: 'Pairs of people who may be the same human: the same address, one that the other had, or name and domain',
  topic: 'People',
  access: 'people',
  status: 200,
  answers: z.object({ items: z.array(lookAlike), merges: z.array(merge) }),
});

export const keepApart = call({
  method: 'POST',
  path: '/people/look-alikes/apart',
  summary: 'These two are two people: they are not listed again',
  topic: 'People',
  access: 'people',
  body: z.object({ people: z.tuple([id, id]) }),
  status: 204,
  answers: null,
});

export const proposeMerge = call({
  method: 'POST',
  path: '/people/merges',
  summary: 'Propose to make one person of two; both have to confirm it by a fresh sign-in',
  topic: 'People',
  access: 'people',
  body: z.object({ kept: id, joining: id, role: role.optional() }),
  status: 201,
  answers: z.object({ id }),
});

export const withdrawMerge = call({
  method: 'DELETE',
  path: '/people/merges/{id}',
  summary: 'Take a proposal back',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});

/** What the page of somebody who waits, or is asked about another account, shows. */
export const getStanding = call({
  method: 'GET',
  path: '/account/standing',
  summary: 'Whether one was refused, and whether one is asked about another account of oneself',
  topic: 'Account',
  access: 'session',
  repeats: true,
  always: true,
  status: 200,
  answers: z.object({ refused: z.boolean(), asked: asked.nullable() }),
});

export const confirmMerge = call({
  method: 'POST',
  path: '/account/merges/{id}/confirmation',
  summary:
    'Confirm by a password that both accounts are oneself; with the second confirmation they are one, and all sessions end',
  topic: 'Account',
  access: 'session',
  always: true,
  params: byId,
  body: z.object({
    seen,
    password,
    /** Where the password is the one of a directory of the company. */
    directory: z.object({ provider: z.string().min(1).max(100), login: z.string().trim().min(1).max(300) }).optional(),
  }),
  status: 200,
  answers: z.object({ merged: z.boolean() }),
});

export const confirmMergeThere = call({
  method: 'POST',
  path: '/account/merges/{id}/sign-in',
  summary: 'Begin the sign-in at an identity provider by which both accounts are confirmed to be oneself',
  topic: 'Account',
  access: 'session',
  always: true,
  params: byId,
  body: z.object({ seen, identity: id }),
  status: 201,
  answers: z.object({ url: z.url() }),
});

export const refuseMerge = call({
  method: 'POST',
  path: '/account/merges/{id}/refusal',
  summary: 'Say that the other account is somebody else',
  topic: 'Account',
  access: 'session',
  always: true,
  params: byId,
  status: 204,
  answers: null,
});
