import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { GroupId, PersonId } from '../ids.ts';
import { permissionRules } from './causes.sql.ts';
import { PERMISSION_KEYS, type Permission } from './permissions.ts';
import { allowedElsewhere, modelsBeyond, type AllowedElsewhere } from './takes-away.sql.ts';
import { onPermission } from './weigh.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/**
 * What the members of a group are allowed by other groups: what a denial here takes away from them.
 * @throws AppError 'not_found'.
 */
export async function membersAllowedElsewhere(ctx: Needs, id: GroupId): Promise<AllowedElsewhere[]> {
  const group = await ctx.db.group.findUnique({
    where: { id },
    select: { memberships: { select: { personId: true }, distinct: ['personId'] } },
  });
  if (!group) throw notFound('group');
  const people = group.memberships.map(({ personId }) => personId);
  return allowedElsewhere(ctx.pool, people, id, ctx.clock.now());
}

/** What changes for somebody who comes into a group. */
export type JoiningEffect = Readonly<{
  gives: readonly Permission[];
  takesAway: readonly Permission[];
  /** Models by name that the group's limit takes away. */
  modelsTakenAway: readonly string[];
}>;

/** What a group would give a person and take away from them. @throws AppError 'not_found' for the group or the person. */
export async function effectOfJoining(ctx: Needs, groupId: GroupId, personId: PersonId): Promise<JoiningEffect> {
  const at = ctx.clock.now();
  const [group, person] = await Promise.all([
    ctx.db.group.findUnique({ where: { id: groupId }, select: { modelClasses: true } }),
    ctx.db.person.findUnique({ where: { id: personId }, select: { id: true } }),
  ]);
  if (!group) throw notFound('group');
  if (!person) throw notFound('person');
  const [theirs, ofGroup, models] = await Promise.all([
    permissionRules(ctx.pool, [personId], at),
    permissionRules(ctx.pool, { memberOf: groupId }, at),
    modelsBeyond(ctx.pool, personId, group.modelClasses, at),
  ]);
  const together = [...theirs, ...ofGroup.filter(({ cause }) => cause === 'group')];
  const changed = PERMISSION_KEYS.map((key) => ({
    key,
    before: onPermission(key, theirs).allowed,
    after: onPermission(key, together).allowed,
  }));
  return {
    gives: changed.filter(({ before, after }) => !before && after).map(({ key }) => key),
    takesAway: changed.filter(({ before, after }) => before && !after).map(({ key }) => key),
    modelsTakenAway: models.map(({ name }) => name),
  };
}
