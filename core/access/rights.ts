import type { Context } from '../context.ts';
import { ADMIN_ACTIONS } from './actions.ts';
import { permissionRules, standingOf } from './causes.sql.ts';
import { weigh, onPermission } from './weigh.ts';
import { PERMISSION_KEYS } from './permissions.ts';
import type { Level } from './levels.ts';
import { knowledgeBasesOf, usableModels } from './scopes.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

type Named = { id: string; name: string };

/** Whose rights are shown: a person's, or those of somebody who is in this group and in no other. */
export type Viewed = Readonly<{ kind: 'person' | 'group'; id: string }>;

/** What menus are drawn from, by names: nothing of what is in a knowledge base. */
export type Rights = Readonly<{
  /** Every permission, what administrators do, and `knowledge.create`, by its key. */
  permissions: Readonly<Record<string, boolean>>;
  /** The groups that they manage. */
  manages: readonly Named[];
  knowledgeBases: readonly (Named & { level: Level })[];
  models: readonly Named[];
}>;

/** All rights of a person, or of a group's plain member. All false and empty for who does not count. */
export async function rightsOf(ctx: Needs, viewed: Viewed): Promise<Rights> {
  const person = viewed.kind === 'person' ? viewed.id : null;
  const subjects = person === null ? { memberOf: viewed.id } : [person];
  const at = ctx.clock.now();
  const [standing, rules, knowledgeBases, models, administration, create] = await Promise.all([
    person === null ? { role: 'user', status: 'active', managedGroupIds: [] } : standingOf(ctx.pool, person),
    permissionRules(ctx.pool, subjects, at),
    knowledgeBasesOf(ctx.pool, subjects, at),
    usableModels(ctx.pool, subjects, at),
    Promise.all(
      ADMIN_ACTIONS.map(async (action) => [action, person !== null && (await weigh(ctx, person, action)).allowed]),
    ),
    person === null ? null : weigh(ctx, person, 'knowledge.create'),
  ]);
  const counts = standing !== null && standing.status === 'active' && standing.role !== 'pending';
  const permissions = PERMISSION_KEYS.map((key) => [key, counts && onPermission(key, rules).allowed] as const);
  const mayCreate = create?.allowed ?? onPermission('workspace.knowledge', rules).allowed;
  return {
    permissions: Object.fromEntries([...permissions, ...administration, ['knowledge.create', mayCreate]]),
    manages: await ctx.db.group.findMany({
      where: { id: { in: counts ? standing.managedGroupIds : [] } },
      select: { id: true, name: true },
      orderBy: { name: 'asc' },
    }),
    knowledgeBases: knowledgeBases.map(({ id, name, level }) => ({ id, name, level })),
    models,
  };
}
