import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { PersonId } from '../../ids.ts';
import type { Actor } from '../actor.ts';
import type { Resource, ResourceKind } from '../actions.ts';
import { decide } from '../decide.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/**
 * Ends one before its time: by whoever opened it, another administrator, or who manages what it opened. What was given by it
 * ends with it. Ending what has ended is no mistake. @throws AppError 'not_found', for others too.
 */
export async function endBreakGlass(ctx: Needs, by: Actor & { personId: PersonId }, id: string): Promise<void> {
  const at = ctx.clock.now();
  const found = await ctx.db.breakGlass.findUnique({ where: { id } });
  const may =
    found &&
    ((await decide(ctx, by.personId, 'people.manage')).allowed ||
      (await looksAfter(ctx, by.personId, { kind: found.resourceKind as ResourceKind, id: found.resourceId })));
  if (!may) throw notFound('break-glass');
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.breakGlass.updateMany({
      where: { id, endsAt: { gt: at } },
      data: { endsAt: at, endedBy: by.personId },
    });
    if (count === 0) return;
    // What was given by it was given until then: to the millisecond, which nothing else is.
    await tx.grant.updateMany({
      where: { resourceKind: 'knowledge_base', expiresAt: found.endsAt },
      data: { expiresAt: at },
    });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'break_glass.ended',
      subjectKind: found.resourceKind,
      subjectId: found.resourceId,
      detail: { breakGlassId: id },
    });
  });
}

const looksAfter = async (ctx: Needs, person: PersonId, resource: Resource): Promise<boolean> =>
  resource.kind !== 'model' &&
  (await decide(ctx, person, resource.kind === 'group' ? 'group.manage' : 'knowledge.manage', resource)).allowed;
