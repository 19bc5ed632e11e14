import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type GroupId } from '../ids.ts';
import { record } from '../audit/record.ts';
import type { Actor } from './actor.ts';
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
  description: string;
}>;

/**
 * Every permission with what a group says about it; `groupId` null: what is said for everyone.
 * @throws AppError 'not_found' for the group.
 */
export async function permissionLines(ctx: Needs, groupId: GroupId | null): Promise<PermissionLine[]> {
  if (groupId !== null && (await ctx.db.group.count({ where: { id: groupId } })) === 0) throw notFound('group');
  const rules = await ctx.db.permissionRule.findMany({ where: { OR: [{ groupId: null }, { groupId }] } });
  const said = (by: GroupId | null, permission: string): Effect =>
    (rules.find((rule) => rule.groupId === by && rule.permission === permission)?.effect as Effect | undefined) ??
    'inherit';
  return PERMISSION_KEYS.map((permission) => {
    const forEveryone = groupId === null ? 'inherit' : said(null, permission);
    return {
      permission,
      effect: said(groupId, permission),
      inherited: forEveryone === 'inherit' ? PERMISSIONS[permission].byDefault : forEveryone === 'allow',
      description: PERMISSIONS[permission].means,
    };
  });
}

/**
 * Changes the named permissions and leaves the others.
 * @throws AppError 'not_found' for the group, 'bad_input' that names the unknown permissions.
 */
export async function changePermissionRules(
  ctx: Needs,
  by: Actor,
  groupId: GroupId | null,
  change: Readonly<Record<string, Effect>>,
): Promise<PermissionLine[]> {
  const unknown = Object.keys(change).filter((key) => !isPermission(key));
  if (unknown.length > 0) throw new AppError('bad_input', `There is no permission ${unknown.join(', ')}`);
  const before = await permissionLines(ctx, groupId);
  await ctx.db.$transaction(async (tx) => {
    for (const [permission, effect] of Object.entries(change)) {
      await tx.permissionRule.deleteMany({ where: { groupId, permission } });
      if (effect !== 'inherit') await tx.permissionRule.create({ data: { id: newId(), groupId, permission, effect } });
    }
    await record(tx, {
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
  });
  return permissionLines(ctx, groupId);
}
