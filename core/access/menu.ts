import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { decide, permissionsOf } from './decide.ts';
import { visibleKnowledgeBases } from './scopes.ts';

type Named = { id: string; name: string };

/** What a person's menu holds: every permission by its key, and what they manage by name. */
export type Menu = Readonly<{
  permissions: Readonly<Record<string, boolean>>;
  manages: { groups: Named[]; knowledgeBases: Named[] };
}>;

const ACTIONS = [
  'people.manage',
  'groups.manage',
  'models.manage',
  'company.import',
  'settings.manage',
  'dashboard.read',
  'knowledge.create',
] as const;
const MANAGE = 3;

/** Drawn from the same decisions that the API makes, so that a menu never offers what is then refused. */
export async function menuOf(ctx: Pick<Context, 'db' | 'pool' | 'clock'>, person: PersonId): Promise<Menu> {
  const [permissions, actions, groups, knowledgeBases] = await Promise.all([
    permissionsOf(ctx, person),
    Promise.all(ACTIONS.map(async (action) => [action, (await decide(ctx, person, action)).allowed] as const)),
    ctx.db.group.findMany({
      where: { memberships: { some: { personId: person, manager: true } } },
      select: { id: true, name: true },
      orderBy: { name: 'asc' },
    }),
    visibleKnowledgeBases(ctx, person),
  ]);
  return {
    permissions: { ...permissions, ...Object.fromEntries(actions) },
    manages: {
      groups,
      knowledgeBases: knowledgeBases.filter((each) => each.level === MANAGE).map(({ id, name }) => ({ id, name })),
    },
  };
}
