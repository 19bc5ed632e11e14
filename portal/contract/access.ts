import { z } from 'zod';
import { call } from './call.ts';
import { level } from './knowledge.ts';
import { id, instant, named } from './shapes.ts';

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
