import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { PersonId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Actor } from '../actor.ts';
import { decide } from '../decide.ts';
import { endWithGrants } from './end.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/**
 * Ends one before its time: by whoever opened it, another administrator, or who manages what it opened. What was given by it
 * ends with it. Ending what has ended is no mistake. @throws AppError 'not_found', for others too.
 */
export async function endBreakGlass(ctx: Needs, by: Actor & { personId: PersonId }, id: string): Promise<void> {
  const at = ctx.clock.now();
  const found = await ctx.db.breakGlass.findUnique({ where: { id } });
  const { allowed } = await decide(ctx, by.personId, 'people.manage');
  const looks = await looksAfter(ctx, by.personId, found ?? { resourceKind: 'none', resourceId: id });
  if (!found || !(allowed || looks)) throw notFound('break-glass');
  await withTransaction(ctx.pool, async (tx) => {
    if ((await endWithGrants(tx, [id], { by: by.personId, at })) === 0) return;
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

/** Asks the same whatever it was that was opened, and where nothing was: else the time would tell that there is one. */
async function looksAfter(
  ctx: Needs,
  person: PersonId,
  { resourceKind: kind, resourceId: id }: { resourceKind: string; resourceId: string },
): Promise<boolean> {
  const base = await decide(ctx, person, 'knowledge.manage', { kind: 'knowledge_base', id });
  const group = await decide(ctx, person, 'group.manage', { kind: 'group', id });
  return (kind === 'knowledge_base' && base.allowed) || (kind === 'group' && group.allowed);
}
