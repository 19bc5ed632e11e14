import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { decide } from './decide.ts';
import { visibleKnowledgeBases } from './scopes.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

const FOUND_AT_MOST = 20;
const MANAGE = 3;

/** Whom something can be given to. `detail`: a person's address, a group's description; null where there is none. */
export type DirectoryEntry = Readonly<{
  kind: 'person' | 'group';
  id: string;
  name: string;
  detail: string | null;
}>;

/**
 * Groups and active people whose name (or address) holds `find`, up to 20 of each, groups first, by name.
 * @throws AppError 'forbidden' for who manages nothing: nobody else gets a list of colleagues.
 */
export async function findInDirectory(
  ctx: Needs,
  by: PersonId,
  wanted: { find: string; kind?: 'person' | 'group' | undefined },
): Promise<DirectoryEntry[]> {
  if (!(await managesSomething(ctx, by)))
    throw new AppError('forbidden', 'Only who manages a group or a knowledge base may look up people');
  const name = { contains: wanted.find, mode: 'insensitive' } as const;
  const page = { orderBy: { name: 'asc' }, take: FOUND_AT_MOST } as const;
  const [groups, people] = await Promise.all([
    wanted.kind === 'person'
      ? []
      : ctx.db.group.findMany({ where: { name }, select: { id: true, name: true, description: true }, ...page }),
    wanted.kind === 'group'
      ? []
      : ctx.db.person.findMany({
          where: { status: 'active', OR: [{ name }, { email: name }] },
          select: { id: true, name: true, email: true, kind: true },
          ...page,
        }),
  ]);
  return [
    ...groups.map((each) => ({
      kind: 'group' as const,
      id: each.id,
      name: each.name,
      detail: each.description || null,
    })),
    ...people.map((each) => ({
      kind: 'person' as const,
      id: each.id,
      name: each.name,
      detail: each.kind === 'service' ? 'Service account' : each.email,
    })),
  ];
}

async function managesSomething(ctx: Needs, personId: PersonId): Promise<boolean> {
  if ((await decide(ctx, personId, 'people.manage')).allowed) return true;
  if ((await ctx.db.membership.count({ where: { personId, manager: true } })) > 0) return true;
  return (await visibleKnowledgeBases(ctx, personId)).some((each) => each.level === MANAGE);
}
