import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, named, owner, page, viewing } from './shapes.ts';

/** A link of the chain that decides. `decides`: the answer rests on it. */
export const chainLink = z
  .object({
    about: z.enum(['account', 'role', 'group', 'right']),
    /** Stable, for programs; `text` says the same to a person. */
    code: z.string(),
    text: z.string(),
    decides: z.boolean(),
    /** The group that it comes through. */
    name: z.string().optional(),
    level: level.optional(),
    /** When it ends by itself. */
    until: instant.optional(),
    /** When it was told, of what a provider says about somebody. */
    at: instant.optional(),
    /** Where a membership comes from: `manual`, or providers. */
    sources: z.array(z.string()).optional(),
  })
  .meta({ id: 'ChainLink' });
export type ChainLink = z.infer<typeof chainLink>;

export const resourceKinds = z.enum(['knowledge_base', 'model', 'group']);

export const explanation = z
  .object({
    person: named,
    action: z.string(),
    resource: named.extend({ kind: resourceKinds }).nullable(),
    allowed: z.boolean(),
    sentence: z.string(),
    chain: z.array(chainLink),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof explanation>;

export const explain = call({
  method: 'GET',
  path: '/explain',
  summary:
    'Why a person can or cannot do something: `action` is a permission key, knowledge.read / contribute / manage, model.use, group.manage or what administrators do; `resource` the id of what it is done with; without `person` oneself',
  topic: 'Access',
  access: 'people',
  query: z.object({
    person: id.optional(),
    action: z
      .string()
      .trim()
      .regex(/^[a-z_]+(\.[a-z_]+)*$/, 'must be an action such as knowledge.read')
      .max(100),
    resource: id.optional(),
  }),
  status: 200,
  answers: explanation,
});

const count = z.int().min(0);
const found = page.extend({ q: z.string().trim().max(200).default('') });

/** A knowledge base as those know it who oversee rights: nothing of what is in it. */
export const overseenKnowledgeBase = z
  .object({
    id,
    name: z.string(),
    owner: owner.nullable(),
    creator: named.nullable(),
    /** Why nobody looks after it: the owner is gone or deactivated, or nobody of the owning group manages it. */
    unowned: z.enum(['owner_gone', 'no_manager']).nullable(),
    createdAt: instant,
  })
  .meta({ id: 'OverseenKnowledgeBase' });
export type OverseenKnowledgeBase = z.infer<typeof overseenKnowledgeBase>;

export const listOverseenKnowledgeBases = call({
  method: 'GET',
  path: '/access/knowledge-bases',
  summary: 'All knowledge bases with their owners, for administrators; `unowned=true` those that nobody looks after',
  topic: 'Access',
  access: 'people',
  query: found.extend({ unowned: z.stringbool().default(false) }),
  status: 200,
  answers: listOf(overseenKnowledgeBase),
});

export const transferKnowledgeBase = call({
  method: 'PUT',
  path: '/knowledge-bases/{id}/owner',
  summary:
    'Hand a knowledge base on to a person or a group; for who manages it, and administrators where nobody looks after it',
  topic: 'Access',
  // No key hands anything on: what was owned once can't be taken back.
  access: 'session',
  params: byId,
  body: owner.pick({ kind: true, id: true }),
  status: 200,
  answers: overseenKnowledgeBase,
});

export const personWithAccess = z
  .object({
    person: named.extend({ email: z.string().nullable(), kind: z.enum(['human', 'service']) }),
    /** The highest of all. */
    level,
    /** Every right that leads to it, the strongest first. */
    causes: z.array(chainLink.omit({ about: true, decides: true })),
  })
  .meta({ id: 'PersonWithAccess' });
export type PersonWithAccess = z.infer<typeof personWithAccess>;

export const listAccess = call({
  method: 'GET',
  path: '/knowledge-bases/{id}/access',
  summary:
    'Who can use a knowledge base and why, groups and everyone resolved, for those who manage it and administrators',
  topic: 'Access',
  access: 'people',
  params: byId,
  query: found,
  status: 200,
  answers: listOf(personWithAccess),
});

export const accessSummary = z
  .object({
    knowledgeBase: overseenKnowledgeBase,
    people: z.object({ use: count, contribute: count, manage: count }),
    /** Grants to everyone and to large groups. `name`: the group's, null for everyone; `grantId` null where it owns it. */
    broad: z.array(z.object({ grantId: id.nullable(), name: z.string().nullable(), members: count })),
  })
  .meta({ id: 'AccessSummary' });
export type AccessSummary = z.infer<typeof accessSummary>;

export const getAccessSummary = call({
  method: 'GET',
  path: '/knowledge-bases/{id}/access/summary',
  summary: 'How many people can use a knowledge base, and what opens it widely',
  topic: 'Access',
  access: 'people',
  params: byId,
  status: 200,
  answers: accessSummary,
});

export const startViewAs = call({
  method: 'POST',
  path: '/view-as',
  summary: 'View menus and rights as a person or as a plain member of a group, never text; recorded, ends by itself',
  topic: 'Access',
  access: 'session',
  body: z.object({ kind: z.enum(['person', 'group']), id }),
  status: 201,
  answers: viewing,
});

export const getViewAs = call({
  method: 'GET',
  path: '/view-as',
  summary: 'The rights of whom this session views as, by name',
  topic: 'Access',
  access: 'session',
  whileViewing: true,
  status: 200,
  answers: z
    .object({
      viewing,
      permissions: z.record(z.string(), z.boolean()),
      manages: z.array(named),
      knowledgeBases: z.array(named.extend({ level })),
      models: z.array(named),
    })
    .meta({ id: 'ViewedRights' }),
});
export type ViewedRights = z.infer<(typeof getViewAs)['answers']>;

export const endViewAs = call({
  method: 'DELETE',
  path: '/view-as',
  summary: 'View as oneself again',
  topic: 'Access',
  access: 'session',
  whileViewing: true,
  status: 204,
  answers: null,
});
