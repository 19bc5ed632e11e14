import type { Prisma } from '../../prisma/generated/client.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { decide } from './decide.ts';
import { LEVEL } from './levels.ts';
import { visibleKnowledgeBases } from './scopes.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

const FOUND_AT_MOST = 20;

/** Whom something can be given to. `detail`: a person's address, a group's description; null where there is none. */
export type DirectoryEntry = Readonly<{
  kind: 'person' | 'group';
  id: string;
  name: string;
  detail: string | null;
}>;

/**
 * Groups and active people whose name (or address) holds `find`, up to 20 of each, groups first, by name. Of groups an
 * administrator finds all; others those that they are in, that have something of what they manage, and one whose whole name
 * they know: the name of a group may be a secret, as a merger's is.
 * @throws AppError 'forbidden' for who manages nothing: nobody else gets a list of colleagues.
 */
export async function findInDirectory(
  ctx: Needs,
  by: PersonId,
  wanted: { find: string; kind?: 'person' | 'group' | undefined },
): Promise<DirectoryEntry[]> {
  const administers = (await decide(ctx, by, 'people.manage')).allowed;
  const managed = (await visibleKnowledgeBases(ctx, by)).filter((each) => each.level === LEVEL.manage);
  const managesGroup = (await ctx.db.membership.count({ where: { personId: by, manager: true } })) > 0;
  if (!administers && managed.length === 0 && !managesGroup)
    throw new AppError('forbidden', 'Only who manages a group or a knowledge base may look up people');
  const known = administers
    ? {}
    : await groupsKnownTo(
        ctx,
        by,
        managed.map(({ id }) => id),
      );
  return [
    ...(wanted.kind === 'person' ? [] : await groupsNamed(ctx, wanted.find, known)),
    ...(wanted.kind === 'group' ? [] : await peopleNamed(ctx, wanted.find)),
  ];
}

async function groupsKnownTo({ db }: Needs, by: PersonId, managed: string[]): Promise<Prisma.GroupWhereInput> {
  const [given, owning] = [
    await db.grant.findMany({
      where: { resourceKind: 'knowledge_base', resourceId: { in: managed }, toKind: 'group' },
      select: { toId: true },
    }),
    await db.knowledgeBase.findMany({
      where: { id: { in: managed }, ownerKind: 'group' },
      select: { ownerId: true },
    }),
  ];
  const ids = [...given.flatMap(({ toId }) => toId ?? []), ...owning.map(({ ownerId }) => ownerId)];
  return { OR: [{ memberships: { some: { personId: by } } }, { id: { in: ids } }] };
}

async function groupsNamed({ db }: Needs, find: string, known: Prisma.GroupWhereInput): Promise<DirectoryEntry[]> {
  const page = { orderBy: { name: 'asc' }, take: FOUND_AT_MOST } as const;
  const found = await db.group.findMany({
    where: { AND: [{ name: { contains: find, mode: 'insensitive' } }, known] },
    select: { id: true, name: true, description: true },
    ...page,
  });
  const named = await db.group.findFirst({
    where: { name: { equals: find.trim(), mode: 'insensitive' }, id: { notIn: found.map(({ id }) => id) } },
    select: { id: true, name: true },
  });
  return [
    ...(named ? [{ kind: 'group' as const, ...named, detail: null }] : []),
    ...found.map(({ id, name, description }) => ({ kind: 'group' as const, id, name, detail: description || null })),
  ];
}

async function peopleNamed({ db }: Needs, find: string): Promise<DirectoryEntry[]> {
  const name = { contains: find, mode: 'insensitive' } as const;
  const found = await db.person.findMany({
    where: { status: 'active', OR: [{ name }, { email: name }] },
    select: { id: true, name: true, email: true, kind: true },
    orderBy: { name: 'asc' },
    take: FOUND_AT_MOST,
  });
  return found.map((each) => ({
    kind: 'person',
    id: each.id,
    name: each.name,
    detail: each.kind === 'service' ? 'Service account' : each.email,
  }));
}
