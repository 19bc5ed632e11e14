import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { GroupId, PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';

type Needs = Pick<Context, 'db' | 'clock'>;

const refused = () =>
  new AppError(
    'forbidden',
    'You are in this group yourself, and nobody gives themself a right or takes a limit off themself: another administrator has to do it',
  );

/** Whether somebody, or a service account of theirs, is in a group, be it by break-glass. */
export async function isInGroup({ db, clock }: Needs, personId: PersonId | null, groupId: GroupId): Promise<boolean> {
  if (personId === null) return false;
  const own = { OR: [{ id: personId }, { serviceAccount: { ownerKind: 'person', ownerId: personId } }] };
  if ((await db.membership.count({ where: { groupId, person: own } })) > 0) return true;
  const opened = { personId, resourceKind: 'group', resourceId: groupId, endsAt: { gt: clock.now() } };
  return (await db.breakGlass.count({ where: opened })) > 0;
}

/** Goes on where a group of one's own would not get more by it. @throws AppError 'forbidden'. */
export async function refuseOwnGain(ctx: Needs, by: Actor, groupId: GroupId, gains: boolean): Promise<void> {
  if (gains && (await isInGroup(ctx, by.personId, groupId))) throw refused();
}

/** Goes on where leaving the group, or its end, takes no denial and no limit off oneself. @throws AppError 'forbidden'. */
export async function refuseOwnRelief(ctx: Needs, by: Actor, groupId: GroupId): Promise<void> {
  const denials = await ctx.db.permissionRule.count({ where: { groupId, effect: 'deny' } });
  const group = await ctx.db.group.findUnique({ where: { id: groupId }, select: { modelClasses: true } });
  await refuseOwnGain(ctx, by, groupId, denials > 0 || (group?.modelClasses.length ?? 0) > 0);
}

const WEIGHT = { deny: 0, inherit: 1, allow: 2 } as const;

/** Whether a group says more for its members after a change of one permission. */
export const saysMore = (before: keyof typeof WEIGHT, after: keyof typeof WEIGHT): boolean =>
  WEIGHT[after] > WEIGHT[before];

/** Whether a limit on the classes of models lets more models through after a change. */
export const limitsLess = (before: readonly string[], after: readonly string[]): boolean =>
  before.some((each) => !after.includes(each));
