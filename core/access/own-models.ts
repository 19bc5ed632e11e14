import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';

/**
 * Whether a model of these classes would come through the limit of a group that somebody, or a service account of theirs, is
 * in, and did not before.
 */
export async function liftsOwnLimit(
  { db }: Pick<Context, 'db'>,
  by: PersonId | null,
  before: readonly string[],
  after: readonly string[],
): Promise<boolean> {
  if (by === null) return false;
  const own = { OR: [{ id: by }, { serviceAccount: { ownerKind: 'person', ownerId: by } }] };
  const limits = await db.group.findMany({
    where: { modelClasses: { isEmpty: false }, memberships: { some: { person: own } } },
    select: { modelClasses: true },
  });
  const passes = (limit: readonly string[], classes: readonly string[]) =>
    limit.every((each) => classes.includes(each));
  return limits.some(({ modelClasses }) => !passes(modelClasses, before) && passes(modelClasses, after));
}

/** @throws AppError 'forbidden' as `liftsOwnLimit` says. */
export async function refuseOwnModels(
  ctx: Pick<Context, 'db'>,
  by: Actor,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  if (await liftsOwnLimit(ctx, by.personId, before, after))
    throw new AppError(
      'forbidden',
      'A group of yours keeps this model from you, and nobody takes a limit off themself: another administrator has to do it',
    );
}
