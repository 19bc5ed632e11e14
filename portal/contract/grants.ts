import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, owner } from './shapes.ts';

const resourceKind = z.enum(['knowledge_base', 'model']);

/** `id` null: every model, later ones too. */
const resource = z.object({ kind: resourceKind, id: id.nullable() });

const recipient = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), id }),
  z.object({ kind: z.literal('group'), id }),
  z.object({ kind: z.literal('everyone') }),
]);

export const grant = z
  .object({
    id,
    resource,
    to: z.discriminatedUnion('kind', [
      owner.extend({ kind: z.literal('person') }),
      owner.extend({ kind: z.literal('group') }),
      z.object({ kind: z.literal('everyone') }),
    ]),
    level,
    expiresAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Grant' });
export type Grant = z.infer<typeof grant>;

export const listGrants = call({
  method: 'GET',
  path: '/grants',
  summary: 'Who was given a knowledge base or a model, for those who manage it',
  topic: 'Grants',
  access: 'people',
  query: z.object({ resourceKind, resourceId: id.optional() }),
  status: 200,
  answers: listOf(grant),
});

export const createGrant = call({
  method: 'POST',
  path: '/grants',
  summary: 'Give a knowledge base or a model to a person, a group or everyone; replaces an earlier level',
  topic: 'Grants',
  access: 'people',
  body: z.object({ resource, to: recipient, level: level.default('use'), expiresAt: instant.optional() }),
  status: 201,
  answers: grant,
});

export const deleteGrant = call({
  method: 'DELETE',
  path: '/grants/{id}',
  summary: 'Take a grant back; it ends with the next question',
  topic: 'Grants',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});
