import { z } from 'zod';
import { call } from './call.ts';
import { id, instant, listOf, page } from './shapes.ts';

const FLAG = z.enum(['true', 'false']).default('false');
const several = z.array(id).min(1).max(100);

/** Somebody who signed in and waits for approval, with what their identity provider told about them. */
export const waitingPerson = z
  .object({
    id,
    name: z.string(),
    email: z.string().nullable(),
    /** When they came first. */
    since: instant,
    refusedAt: instant.nullable(),
    /** By each provider: its name, the address and the groups as it names them. None for who was added by hand. */
    told: z.array(
      z.object({
        provider: z.string(),
        email: z.string().nullable(),
        groups: z.array(z.string()),
        at: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'WaitingPerson' });
export type WaitingPerson = z.infer<typeof waitingPerson>;

/** Whom a decision about several was made for: those who waited still. */
const decided = z.object({ people: z.array(id) });

export const listWaiting = call({
  method: 'GET',
  path: '/people/waiting',
  summary: 'Who waits for approval, the longest first; `refused=true`: who was refused it',
  topic: 'People',
  access: 'people',
  query: page.extend({ refused: FLAG }),
  status: 200,
  answers: listOf(waitingPerson).extend({ total: z.int() }),
});

export const approvePeople = call({
  method: 'POST',
  path: '/people/waiting/approval',
  summary: 'Let people in who wait, with a role and into groups: all of them or none',
  topic: 'People',
  access: 'people',
  body: z.object({
    people: several,
    role: z.enum(['user', 'admin']).default('user'),
    groups: z.array(id).max(50).default([]),
  }),
  status: 200,
  answers: decided,
});

export const refusePeople = call({
  method: 'POST',
  path: '/people/waiting/refusal',
  summary: 'Keep people out who wait: they are listed no more, until it is undone',
  topic: 'People',
  access: 'people',
  body: z.object({ people: several }),
  status: 200,
  answers: decided,
});

export const undoRefusal = call({
  method: 'DELETE',
  path: '/people/waiting/{id}/refusal',
  summary: 'Undo a refusal: the person waits again',
  topic: 'People',
  access: 'people',
  params: z.object({ id }),
  status: 204,
  answers: null,
});
