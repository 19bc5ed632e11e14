import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { GroupId, PersonId } from '../ids.ts';
import type { Actor, NamePosition } from './actor.ts';
import { decide } from './decide.ts';
import { recordGroup } from './groups.ts';
import { ownerOfOwnAccount } from './own-account.ts';
import { refuseOwnRelief } from './own-gain.ts';
import { refuseJoiningHands } from './own-hands.ts';
import { effectOfJoining } from './takes-away.ts';

type Needs = Pick<Context, 'db'>;
type Gives = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

/** A member of a group. `sources`: 'manual', or the providers that brought the membership. */
export type MemberEntry = Readonly<{
  person: { id: PersonId; name: string; email: string | null };
  manager: boolean;
  sources: readonly string[];
}>;

/** The members of a group by name, up to `limit` after `after`. */
export async function listMembers(
  ctx: Needs,
  groupId: GroupId,
  wanted: { after: NamePosition | null; limit: number },
): Promise<MemberEntry[]> {
  const { after, limit } = wanted;
  const people = await ctx.db.person.findMany({
    where: {
      memberships: { some: { groupId } },
      ...(after ? { OR: [{ name: { gt: after.name } }, { name: after.name, id: { gt: after.id } }] } : {}),
    },
    select: {
      id: true,
      name: true,
      email: true,
      memberships: { where: { groupId }, select: { manager: true, source: true }, orderBy: { source: 'asc' } },
    },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit,
  });
  return people.map(({ memberships, ...person }) => ({
    person,
    manager: memberships.some((each) => each.manager),
    sources: memberships.map((each) => each.source),
  }));
}

/** @throws AppError 'not_found' when there is no such membership. */
export async function getMember(ctx: Needs, groupId: GroupId, personId: PersonId): Promise<MemberEntry> {
  const memberships = await ctx.db.membership.findMany({
    where: { groupId, personId },
    include: { person: { select: { id: true, name: true, email: true } } },
    orderBy: { source: 'asc' },
  });
  const person = memberships[0]?.person;
  if (!person) throw notFound('member');
  return {
    person,
    manager: memberships.some((each) => each.manager),
    sources: memberships.map((each) => each.source),
  };
}

/**
 * Adds a person to a group by hand; adding twice is adding once. Into a group that takes something away from them only an
 * administrator does.
 * @throws AppError 'not_found' for the group or the person, 'forbidden' where somebody would give themself a group's rights,
 * also by an account in their own hands, or take another one's away.
 */
export async function addMember(
  ctx: Gives,
  by: Actor,
  groupId: GroupId,
  wanted: { personId: PersonId; manager: boolean },
): Promise<MemberEntry> {
  refuseOneself(by, wanted.personId);
  await refuseOwnAccount(ctx, by, groupId, wanted);
  await refuseLoss(ctx, by, groupId, wanted.personId);
  await refuseJoiningHands(ctx, by, groupId, [{ id: wanted.personId, manager: wanted.manager }]);
  await ctx.db.$transaction(async (tx) => {
    if ((await tx.group.count({ where: { id: groupId } })) === 0) throw notFound('group');
    if ((await tx.person.count({ where: { id: wanted.personId } })) === 0) throw notFound('person');
    const { personId, manager } = wanted;
    await tx.membership.upsert({
      where: { groupId_personId_source: { groupId, personId, source: 'manual' } },
      create: { groupId, personId, manager, source: 'manual' },
      update: manager ? { manager } : {},
    });
    await recordGroup(tx, by, 'group.member_added', groupId, { personId, manager });
  });
  return getMember(ctx, groupId, wanted.personId);
}

/**
 * Makes a member a manager of the group, or no longer. @throws AppError 'not_found', 'forbidden' for oneself, and for an
 * account in one's own hands where the group opens something.
 */
export async function setManager(
  ctx: Gives,
  by: Actor,
  groupId: GroupId,
  wanted: { personId: PersonId; manager: boolean },
): Promise<MemberEntry> {
  const { personId, manager } = wanted;
  if (manager) refuseOneself(by, personId);
  if (manager) await refuseOwnAccount(ctx, by, groupId, wanted);
  if (manager) await refuseJoiningHands(ctx, by, groupId, [{ id: personId, manager }]);
  await ctx.db.$transaction(async (tx) => {
    const changed = await tx.membership.updateMany({ where: { groupId, personId }, data: { manager } });
    if (changed.count === 0) throw notFound('member');
    await recordGroup(tx, by, 'group.manager_changed', groupId, { personId, manager });
  });
  return getMember(ctx, groupId, personId);
}

/**
 * Takes a person out of a group. Who manages it is for administrators to say: another manager is taken out by them only.
 * @throws AppError 'not_found', 'forbidden' for another manager and for oneself where the group denies or limits something,
 * or 'conflict' where a provider brought the membership and would bring it again.
 */
export async function removeMember(
  ctx: Needs & Pick<Context, 'pool' | 'clock'>,
  by: Actor,
  groupId: GroupId,
  personId: PersonId,
): Promise<void> {
  if (by.personId !== null && by.personId !== personId && !(await decide(ctx, by.personId, 'groups.manage')).allowed)
    await refuseManager(ctx, groupId, personId);
  if (by.personId === personId) await refuseOwnRelief(ctx, by, groupId);
  await ctx.db.$transaction(async (tx) => {
    const removed = await tx.membership.deleteMany({ where: { groupId, personId, source: 'manual' } });
    const brought = await tx.membership.findFirst({ where: { groupId, personId }, select: { source: true } });
    if (brought && removed.count === 0)
      throw new AppError('conflict', `This membership comes from ${brought.source}: it has to end there`);
    if (removed.count === 0) throw notFound('member');
    await recordGroup(tx, by, 'group.member_removed', groupId, { personId });
  });
}

/** A service account manages nothing; who makes its keys takes it into no group but the one that owns it. */
async function refuseOwnAccount(
  ctx: Needs,
  by: Actor,
  groupId: GroupId,
  { personId, manager }: { personId: PersonId; manager: boolean },
): Promise<void> {
  if (manager && (await ctx.db.person.count({ where: { id: personId, kind: 'service' } })) > 0)
    throw new AppError('bad_input', 'A service account can be a member of a group, not its manager');
  const owner = by.personId === null ? null : await ownerOfOwnAccount(ctx, by.personId, personId);
  if (owner !== null && !(owner.kind === 'group' && owner.id === groupId))
    throw new AppError(
      'forbidden',
      'Nobody gives the rights of a group to a service account of their own: ask another manager or administrator',
    );
}

/** A denying group is no weapon: its managers put nobody under a denial who is not under it already. */
async function refuseLoss(ctx: Gives, by: Actor, groupId: GroupId, personId: PersonId): Promise<void> {
  if (by.personId === null || (await decide(ctx, by.personId, 'groups.manage')).allowed) return;
  const { takesAway, modelsTakenAway } = await effectOfJoining(ctx, groupId, personId);
  const lost = [...takesAway, ...modelsTakenAway];
  if (lost.length > 0)
    throw new AppError(
      'forbidden',
      `This group would take something away from them (${lost.join(', ')}): an administrator has to add them`,
    );
}

async function refuseManager(ctx: Needs, groupId: GroupId, personId: PersonId): Promise<void> {
  if ((await ctx.db.membership.count({ where: { groupId, personId, manager: true } })) > 0)
    throw new AppError(
      'forbidden',
      'Who manages a group is for administrators to say: ask one to take this manager out',
    );
}

function refuseOneself(by: Actor, personId: PersonId): void {
  if (by.personId === personId)
    throw new AppError(
      'forbidden',
      'Nobody gives themself the rights of a group: ask another manager or administrator. An administrator may join it by break-glass, with a reason and for a while',
    );
}
