import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { managementForGood } from './for-good.sql.ts';
import { isInGroup } from './own-gain.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/**
 * Whether somebody would keep for themself what belongs to a group that they manage, by giving it to another group of theirs:
 * they manage it by that group alone, and none of its other managers is in the other group.
 */
export async function keepsForOneself(
  ctx: Needs,
  by: PersonId | null,
  knowledgeBase: KnowledgeBaseId,
  to: { kind: string; id?: string | null },
): Promise<boolean> {
  if (by === null || to.kind !== 'group' || typeof to.id !== 'string' || !(await isInGroup(ctx, by, to.id)))
    return false;
  const base = await ctx.db.knowledgeBase.findFirst({ where: { id: knowledgeBase }, select: { ownerId: true } });
  if (!base || base.ownerId === to.id) return false;
  const { onlyByGroup } = await managementForGood(ctx.pool, by, knowledgeBase, ctx.clock.now());
  if (!onlyByGroup) return false;
  const others = await ctx.db.membership.findMany({
    where: { groupId: base.ownerId, manager: true, personId: { not: by } },
    select: { personId: true },
  });
  const there = { groupId: to.id, personId: { in: others.map(({ personId }) => personId) } };
  return (await ctx.db.membership.count({ where: there })) === 0;
}

/** @throws AppError 'forbidden' as `keepsForOneself` says. */
export async function refuseKeeping(
  ctx: Needs,
  by: Actor,
  knowledgeBase: KnowledgeBaseId,
  to: { kind: string; id?: string | null },
): Promise<void> {
  if (await keepsForOneself(ctx, by.personId, knowledgeBase, to))
    throw new AppError(
      'forbidden',
      'You manage this for the group that owns it, and would keep it by another group of yours: ask another manager of the owning group',
    );
}
