import { z } from 'zod';
import { call } from './call.ts';
import { oneTimeLink, role } from './session.ts';
import { byId, email, id, instant, listOf, named, owner, page } from './shapes.ts';

const personName = z.string().trim().min(1).max(200);

export const person = z
  .object({
    id,
    name: z.string(),
    email: z.string().nullable(),
    role,
    status: z.enum(['active', 'deactivated']),
    groups: z.array(named),
    /** Whether they can sign in with a password of their own; else they still need their one-time link. */
    hasPassword: z.boolean(),
    lastActiveAt: instant.nullable(),
    fromSample: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Person' });
export type Person = z.infer<typeof person>;

export const listPeople = call({
  method: 'GET',
  path: '/people',
  summary: 'People by name; `q` finds in names and addresses',
  topic: 'People',
  access: 'people',
  query: page.extend({ q: z.string().trim().max(200).optional() }),
  status: 200,
  answers: listOf(person),
});

export const createPerson = call({
  method: 'POST',
  path: '/people',
  summary: 'Add a person; gives the one-time link of their first sign-in',
  topic: 'People',
  // The link opens a whole session, which no key may come to.
  access: 'session',
  body: z.object({ email, name: personName, role: role.default('user') }),
  status: 201,
  answers: person.extend({ link: oneTimeLink }),
});

export const getPerson = call({
  method: 'GET',
  path: '/people/{id}',
  summary: 'One person',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 200,
  answers: person,
});

export const updatePerson = call({
  method: 'PATCH',
  path: '/people/{id}',
  summary: 'Change role or name, or let a deactivated person in again',
  topic: 'People',
  // A role opens all that sessions do, and no key comes to that.
  access: 'session',
  params: byId,
  body: z.object({ name: personName, role, status: z.literal('active') }).partial(),
  status: 200,
  answers: person,
});

export const deactivatePerson = call({
  method: 'DELETE',
  path: '/people/{id}',
  summary: 'Deactivate a person: sessions, keys and chat access end',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});

/** What stays behind when a person goes, for the dialog that deactivates them. */
export const getOwned = call({
  method: 'GET',
  path: '/people/{id}/owned',
  summary: 'What a person owns, by name',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 200,
  answers: z.object({ knowledgeBases: z.array(named), serviceAccounts: z.array(named) }).meta({ id: 'Owned' }),
});

export const deactivateAndHandOver = call({
  method: 'POST',
  path: '/people/{id}/deactivation',
  summary: 'Deactivate a person and hand what they own over to another person or a group',
  topic: 'People',
  // No key hands on what somebody owns.
  access: 'session',
  params: byId,
  body: z.object({ handOverTo: owner.pick({ kind: true, id: true }).optional() }),
  status: 204,
  answers: null,
});

export const createPersonLink = call({
  method: 'POST',
  path: '/people/{id}/link',
  summary: 'A one-time link by which the person chooses a new password',
  topic: 'People',
  // The link opens a whole session, which no key may come to.
  access: 'session',
  params: byId,
  status: 201,
  answers: oneTimeLink,
});

/** For those who manage something: whom it can be given to. */
export const listDirectory = call({
  method: 'GET',
  path: '/directory',
  summary: 'People and groups by name, to be added or granted to',
  topic: 'People',
  access: 'people',
  query: z.object({ q: z.string().trim().max(200).default(''), kind: z.enum(['person', 'group']).optional() }),
  status: 200,
  answers: listOf(z.object({ kind: z.enum(['person', 'group']), id, name: z.string(), detail: z.string().nullable() })),
});
