import type { Prisma } from '../../prisma/generated/client.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type GroupId } from '../ids.ts';
import { record } from '../audit/record.ts';
import type { Actor } from './actor.ts';
import { refuseOwnGain, saysMore } from './own-gain.ts';
import { isPermission, PERMISSION_KEYS, PERMISSIONS, type Permission } from './permissions.ts';

type Needs = Pick<Context, 'db'>;

export type Effect = 'allow' | 'deny' | 'inherit';

/**
 * One permission. `effect`: what the group says, or what the installation says for everyone, which is a default that any
 * group outvotes. `inherited`: what `inherit` comes to here: of a group that default, of the default the product's own.
 */
export type PermissionLine = Readonly<{
  permission: Permission;
  effect: Effect;
  inherited: boolean;
  /** Allowed to the group by administrators, and held back by its managers, who may give it again. */
  withheld: boolean;
  description: string;
}>;

/**
 * Every permission with what a group says about it; `groupId` null: what is said for everyone.
 * @throws AppError 'not_found' for the group.
 */
export async function permissionLines(ctx: Needs, groupId: GroupId | null): Promise<PermissionLine[]> {
  if (groupId !== null && (await ctx.db.group.count({ where: { id: groupId } })) === 0) throw notFound('group');
  const rules = await ctx.db.permissionRule.findMany({ where: { OR: [{ groupId: null }, { groupId }] } });
  const ruleOf = (by: GroupId | null, permission: string) =>
    rules.find((rule) => rule.groupId === by && rule.permission === permission);
  const said = (by: GroupId | null, permission: string): Effect => {
    const rule = ruleOf(by, permission);
    return rule === undefined || rule.withheld ? 'inherit' : (rule.effect as Effect);
  };
  return PERMISSION_KEYS.map((permission) => {
    const forEveryone = groupId === null ? 'inherit' : said(null, permission);
    return {
      permission,
      effect: said(groupId, permission),
      inherited: forEveryone === 'inherit' ? PERMISSIONS[permission].byDefault : forEveryone === 'allow',
      withheld: ruleOf(groupId, permission)?.withheld ?? false,
      description: PERMISSIONS[permission].means,
    };
  });
}

/**
 * Changes the named permissions and leaves the others. Whether the one who asks administers groups is asked before.
 * @throws AppError 'not_found' for the group, 'bad_input' that names the unknown permissions, 'forbidden' where a group of
 * one's own would get more.
 */
export async function changePermissionRules(
  ctx: Needs & Pick<Context, 'clock'>,
  by: Actor,
  groupId: GroupId | null,
  change: Readonly<Record<string, Effect>>,
): Promise<PermissionLine[]> {
  demandKnown(change);
  const before = await permissionLines(ctx, groupId);
  if (groupId !== null) {
    const gains = before.some(({ permission, effect }) => saysMore(effect, change[permission] ?? effect));
    await refuseOwnGain(ctx, by, groupId, gains);
  }
  await ctx.db.$transaction(async (tx) => {
    for (const [permission, effect] of Object.entries(change)) {
      await tx.permissionRule.deleteMany({ where: { groupId, permission } });
      if (effect !== 'inherit') await tx.permissionRule.create({ data: { id: newId(), groupId, permission, effect } });
    }
    await recordChange(tx, by, groupId, before, change);
  });
  return permissionLines(ctx, groupId);
}

/**
 * What a group's managers may do with its permissions: hold back from its members what the group is allowed, and give it
 * again. Nothing is denied by it, so that what other groups give stays; nothing is added that administrators did not allow.
 * @throws AppError 'not_found' for the group, 'bad_input' for unknown permissions, 'forbidden' for all that is more.
 */
export async function withholdPermissions(
  ctx: Needs,
  by: Actor,
  groupId: GroupId,
  change: Readonly<Record<string, Effect>>,
): Promise<PermissionLine[]> {
  demandKnown(change);
  const before = await permissionLines(ctx, groupId);
  const more = before.filter(
    ({ permission, effect, withheld }) =>
      Object.hasOwn(change, permission) &&
      change[permission] !== effect &&
      (change[permission] === 'deny' || (effect !== 'allow' && !withheld)),
  );
  if (more.length > 0)
    throw new AppError(
      'forbidden',
      `Managers hold back or give again what administrators allowed the group, nothing more: ${more.map(({ permission }) => permission).join(', ')}`,
    );
  await ctx.db.$transaction(async (tx) => {
    for (const [permission, effect] of Object.entries(change))
      await tx.permissionRule.updateMany({
        where: { groupId, permission, effect: 'allow' },
        data: { withheld: effect === 'inherit' },
      });
    await recordChange(tx, by, groupId, before, change);
  });
  return permissionLines(ctx, groupId);
}

function demandKnown(change: Readonly<Record<string, Effect>>): void {
  const unknown = Object.keys(change).filter((key) => !isPermission(key));
  if (unknown.length > 0) throw new AppError('bad_input', `There is no permission ${unknown.join(', ')}`);
}

const recordChange = (
  tx: Prisma.TransactionClient,
  by: Actor,
  groupId: GroupId | null,
  before: readonly PermissionLine[],
  change: Readonly<Record<string, Effect>>,
): Promise<void> =>
  record(tx, {
    actorId: by.personId,
    surface: by.surface,
    action: 'permissions.changed',
    ...(groupId === null ? {} : { subjectKind: 'group', subjectId: groupId }),
    detail: {
      before: Object.fromEntries(
        before.filter((line) => Object.hasOwn(change, line.permission)).map((line) => [line.permission, line.effect]),
      ),
      after: change,
    },
  });
