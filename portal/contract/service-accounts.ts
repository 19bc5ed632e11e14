import { z } from 'zod';
import { apiKey, madeApiKey, newApiKey } from './account.ts';
import { call } from './call.ts';
import { byId, id, instant, listOf, named, owner, page } from './shapes.ts';

const name = z.string().trim().min(1).max(200);
const description = z.string().trim().max(2000);
const newOwner = owner.pick({ kind: true, id: true });
const byKey = byId.extend({ keyId: id });

/** A member that is no human. */
export const serviceAccount = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    status: z.enum(['active', 'deactivated']),
    owner: owner.nullable(),
    unowned: z.enum(['owner_gone', 'no_manager']).nullable(),
    /** Whether the caller owns it, or manages the group that does: they make its keys. */
    own: z.boolean(),
    groups: z.array(named),
    keys: z.int().min(0),
    lastUsedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'ServiceAccount' });
export type ServiceAccount = z.infer<typeof serviceAccount>;

export const listServiceAccounts = call({
  method: 'GET',
  path: '/service-accounts',
  summary:
    'Service accounts by name: all for administrators, their own for others; `unowned=true` those that nobody looks after',
  topic: 'Service accounts',
  access: 'people',
  query: page.extend({ q: z.string().trim().max(200).default(''), unowned: z.stringbool().default(false) }),
  status: 200,
  answers: listOf(serviceAccount),
});

export const createServiceAccount = call({
  method: 'POST',
  path: '/service-accounts',
  summary: 'Make a service account with an owner, who makes its keys; for administrators',
  topic: 'Service accounts',
  access: 'session',
  body: z.object({ name, description: description.default(''), owner: newOwner }),
  status: 201,
  answers: serviceAccount,
});

export const getServiceAccount = call({
  method: 'GET',
  path: '/service-accounts/{id}',
  summary: 'One service account',
  topic: 'Service accounts',
  access: 'people',
  params: byId,
  status: 200,
  answers: serviceAccount,
});

export const updateServiceAccount = call({
  method: 'PATCH',
  path: '/service-accounts/{id}',
  summary: 'Change name, description or owner, or let it work again; its keys end with its owner',
  topic: 'Service accounts',
  access: 'session',
  params: byId,
  body: z.object({ name, description, owner: newOwner, status: z.literal('active') }).partial(),
  status: 200,
  answers: serviceAccount,
});

export const deactivateServiceAccount = call({
  method: 'DELETE',
  path: '/service-accounts/{id}',
  summary: 'Deactivate a service account; its keys are revoked',
  topic: 'Service accounts',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});

export const listServiceKeys = call({
  method: 'GET',
  path: '/service-accounts/{id}/keys',
  summary: 'The living keys of a service account',
  topic: 'Service accounts',
  access: 'session',
  params: byId,
  status: 200,
  answers: listOf(apiKey),
});

export const createServiceKey = call({
  method: 'POST',
  path: '/service-accounts/{id}/keys',
  summary: 'Make a key of a service account, for its owner alone; it is shown this once',
  topic: 'Service accounts',
  access: 'session',
  params: byId,
  body: newApiKey,
  status: 201,
  answers: madeApiKey,
});

export const revokeServiceKey = call({
  method: 'DELETE',
  path: '/service-accounts/{id}/keys/{keyId}',
  summary: 'Revoke a key of a service account',
  topic: 'Service accounts',
  access: 'session',
  params: byKey,
  status: 204,
  answers: null,
});
