import { z } from 'zod';
import { resourceKinds } from './access.ts';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, named, page } from './shapes.ts';

/** What an administrator opened without being given it. */
export const breakGlassEntry = z
  .object({
    id,
    person: named,
    /** `name` null: it is gone meanwhile. */
    resource: z.object({ kind: resourceKinds, id, name: z.string().nullable() }),
    level,
    reason: z.string(),
    startedAt: instant,
    endsAt: instant,
    /** Whether it still opens something. */
    living: z.boolean(),
  })
  .meta({ id: 'BreakGlass' });
export type BreakGlass = z.infer<typeof breakGlassEntry>;

export const breakGlass = call({
  method: 'POST',
  path: '/break-glass',
  summary:
    'For administrators: open a knowledge base, a model or a group (as a plain member) that nobody gave them; with a reason, for a while, recorded and told to the owner',
  topic: 'Access',
  access: 'session',
  body: z.object({
    resource: z.object({ kind: resourceKinds, id }),
    level: level.default('use'),
    reason: z.string().trim().min(10, 'must say why, in at least 10 characters').max(500),
    minutes: z.int().min(1).optional(),
  }),
  status: 201,
  answers: breakGlassEntry,
});

export const listBreakGlass = call({
  method: 'GET',
  path: '/break-glass',
  summary:
    'What was opened by break-glass, the latest first: all of it for administrators, on one resource for who manages it',
  topic: 'Access',
  access: 'people',
  query: page.extend({ kind: resourceKinds.optional(), id: id.optional() }),
  status: 200,
  answers: listOf(breakGlassEntry),
});

export const endBreakGlass = call({
  method: 'DELETE',
  path: '/break-glass/{id}',
  summary: 'End a break-glass before its time; for administrators and who manages what it opened',
  topic: 'Access',
  access: 'session',
  params: byId,
  status: 204,
  answers: null,
});
