import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { withdrawKnowledgeBase } from '../knowledge/knowledge-bases.ts';
import type { Actor } from './actor.ts';

/** How many invented people can sign in: 0 where there is no sample, or none any more. */
export const countSamplePeople = (ctx: Pick<Context, 'db'>): Promise<number> =>
  ctx.db.person.count({ where: { fromSample: true, status: 'active' } });

/**
 * Removes the sample company: its knowledge bases with their documents, its people with their conversations, its groups
 * and every grant to them. What was made since stays. Doing it twice is doing it once.
 * @throws AppError 'conflict' where the one who asks is of the sample, or what was made since belongs to it.
 */
export async function removeSample(ctx: Pick<Context, 'db' | 'pool' | 'jobs'>, by: Actor): Promise<void> {
  const sample = { where: { fromSample: true }, select: { id: true } } as const;
  const [people, groups, bases] = await Promise.all([
    ctx.db.person.findMany(sample),
    ctx.db.group.findMany(sample),
    ctx.db.knowledgeBase.findMany({ where: { fromSample: true, deletedAt: null }, select: { id: true } }),
  ]);
  const personIds = people.map((each) => each.id);
  const groupIds = groups.map((each) => each.id);
  if (by.personId !== null && personIds.includes(by.personId))
    throw new AppError('conflict', 'You are of the sample yourself: sign in as an administrator of your own first');
  const owned = await ctx.db.knowledgeBase.count({
    where: { fromSample: false, deletedAt: null, ownerId: { in: [...personIds, ...groupIds] } },
  });
  if (owned > 0)
    throw new AppError(
      'conflict',
      `${owned} knowledge bases made since belong to people or groups of the sample: delete them first`,
    );

  for (const { id } of bases) await withdrawKnowledgeBase(ctx, id, by);
  await ctx.db.$transaction(async (tx) => {
    await tx.grant.deleteMany({ where: { toId: { in: [...personIds, ...groupIds] } } });
    await tx.group.deleteMany({ where: { id: { in: groupIds } } });
    await tx.person.deleteMany({ where: { id: { in: personIds } } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'sample.removed',
      detail: { people: personIds.length, groups: groupIds.length, knowledgeBases: bases.length },
    });
  });
}
