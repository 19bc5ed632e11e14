import { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type GroupId, type PersonId } from '../ids.ts';
import type { Actor, NamePosition } from './actor.ts';
import { limitsLess, refuseOwnGain, refuseOwnRelief } from './own-gain.ts';

type Needs = Pick<Context, 'db'>;

export type GroupEntry = Readonly<{
  id: GroupId;
  name: string;
  description: string;
  modelClasses: readonly string[];
  memberCount: number;
  fromSample: boolean;
  createdAt: Date;
}>;

const PARTS = { memberships: { select: { personId: true } } } as const satisfies Prisma.GroupInclude;

type Row = Prisma.GroupGetPayload<{ include: typeof PARTS }>;

/** Groups by name, up to `limit` after `after`; with `memberId` only those that this person is in. */
export async function listGroups(
  ctx: Needs,
  wanted: { find?: string | undefined; memberId?: PersonId; after: NamePosition | null; limit: number },
): Promise<GroupEntry[]> {
  const { find, memberId, after, limit } = wanted;
  const conditions: Prisma.GroupWhereInput[] = [];
  if (find) conditions.push({ name: { contains: find, mode: 'insensitive' } });
  if (memberId) conditions.push({ memberships: { some: { personId: memberId } } });
  if (after) conditions.push({ OR: [{ name: { gt: after.name } }, { name: after.name, id: { gt: after.id } }] });
  const found = await ctx.db.group.findMany({
    where: { AND: conditions },
    include: PARTS,
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit,
  });
  return found.map(entryOf);
}

/** @throws AppError 'not_found', for a group that this person is not in too where `memberId` is given. */
export async function getGroup(ctx: Needs, id: GroupId, memberId?: PersonId): Promise<GroupEntry> {
  const found = await ctx.db.group.findFirst({
    where: { id, ...(memberId === undefined ? {} : { memberships: { some: { personId: memberId } } }) },
    include: PARTS,
  });
  if (!found) throw notFound('group');
  return entryOf(found);
}

/** @throws AppError 'conflict' when the name is taken. */
export async function createGroup(
  ctx: Needs,
  by: Actor,
  wanted: { name: string; description: string },
): Promise<GroupEntry> {
  const id = newId();
  await nameOnce(
    ctx.db.$transaction(async (tx) => {
      await tx.group.create({ data: { id, ...wanted } });
      await recordGroup(tx, by, 'group.created', id, {});
    }),
  );
  return getGroup(ctx, id);
}

/** @throws AppError 'not_found', 'conflict' when the name is taken, 'forbidden' where it takes a limit off oneself. */
export async function updateGroup(
  ctx: Needs & Pick<Context, 'clock'>,
  by: Actor,
  id: GroupId,
  change: { name?: string | undefined; description?: string | undefined; modelClasses?: string[] | undefined },
): Promise<GroupEntry> {
  const now = await getGroup(ctx, id);
  await refuseOwnGain(ctx, by, id, limitsLess(now.modelClasses, change.modelClasses ?? now.modelClasses));
  await nameOnce(
    ctx.db.$transaction(async (tx) => {
      const before = await tx.group.findUnique({ where: { id }, select: { modelClasses: true } });
      if (!before) throw notFound('group');
      const data = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      await tx.group.update({ where: { id }, data });
      await recordGroup(tx, by, 'group.changed', id, {
        before: { modelClasses: before.modelClasses },
        after: { modelClasses: change.modelClasses ?? before.modelClasses },
      });
    }),
  );
  return getGroup(ctx, id);
}

/**
 * Deletes a group with its memberships, rules and the grants it was given.
 * @throws AppError 'not_found', 'conflict' while it owns knowledge bases, which nobody would own then, 'forbidden' where it
 * denies or limits something to oneself.
 */
export async function deleteGroup(ctx: Needs & Pick<Context, 'clock'>, by: Actor, id: GroupId): Promise<void> {
  await refuseOwnRelief(ctx, by, id);
  await ctx.db.$transaction(async (tx) => {
    if ((await tx.group.count({ where: { id } })) === 0) throw notFound('group');
    const owned = await tx.knowledgeBase.count({ where: { ownerKind: 'group', ownerId: id, deletedAt: null } });
    const accounts = await tx.serviceAccount.count({ where: { ownerKind: 'group', ownerId: id } });
    if (accounts > 0)
      throw new AppError('conflict', `This group owns ${accounts} service accounts: give them another owner first`);
    if (owned > 0)
      throw new AppError('conflict', `This group owns ${owned} knowledge bases: hand them on to somebody else first`);
    await tx.grant.deleteMany({ where: { toKind: 'group', toId: id } });
    await tx.group.delete({ where: { id } });
    await recordGroup(tx, by, 'group.deleted', id, {});
  });
}

/** Writes down what happened to a group. */
export const recordGroup = (
  tx: Prisma.TransactionClient,
  by: Actor,
  action: string,
  id: GroupId,
  detail: Record<string, unknown>,
): Promise<void> =>
  record(tx, { actorId: by.personId, surface: by.surface, action, subjectKind: 'group', subjectId: id, detail });

/** Turns the database's refusal of a second thing of the same name into a sentence. */
async function nameOnce(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      throw new AppError('conflict', 'There is already a group of this name');
    throw error;
  }
}

const entryOf = (row: Row): GroupEntry => ({
  id: row.id,
  name: row.name,
  description: row.description,
  modelClasses: row.modelClasses,
  memberCount: new Set(row.memberships.map((each) => each.personId)).size,
  fromSample: row.fromSample,
  createdAt: row.createdAt,
});
