import type { Actor } from '../access/actor.ts';
import { decide, demand } from '../access/decide.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { GroupId, PersonId } from '../ids.ts';
import { catalogueOf, type CatalogueEntry } from './catalogue.ts';
import { createKnowledgeBase } from './knowledge-bases.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'models'>;

/**
 * Makes a knowledge base for who asks, as they see it from then on.
 * @throws AppError 'forbidden', 'not_found' for a group that they do not manage, 'conflict' for a name that is taken,
 * 'bad_input' where it is not clear which group will own it.
 */
export async function makeKnowledgeBase(
  ctx: Needs,
  by: Actor & { personId: PersonId },
  wanted: { name: string; description: string; ownerGroupId?: GroupId | undefined },
): Promise<CatalogueEntry> {
  await demand(ctx, by.personId, 'knowledge.create');
  const { name, description, ownerGroupId } = wanted;
  const owner = await ownerOfNew(ctx, by.personId, ownerGroupId);
  const made = await createKnowledgeBase(ctx, { name, description, ...owner }, by);
  const seen = (await catalogueOf(ctx, by.personId)).find((each) => each.id === made.id);
  return seen ?? ofOthers({ ...made, description, createdAt: ctx.clock.now() });
}

/**
 * Who will own it: its maker, or a group that they manage. Who may make some only as the manager of a group makes them
 * for a group.
 */
async function ownerOfNew(
  ctx: Needs,
  maker: PersonId,
  groupId: GroupId | undefined,
): Promise<{ ownerKind: 'person' | 'group'; ownerId: string }> {
  if (groupId !== undefined) {
    await demand(ctx, maker, 'group.manage', { kind: 'group', id: groupId });
    if ((await ctx.db.group.count({ where: { id: groupId } })) === 0) throw notFound('group');
    return { ownerKind: 'group', ownerId: groupId };
  }
  const decision = await decide(ctx, maker, 'knowledge.create');
  if (!decision.because.some((reason) => reason.code === 'manager')) return { ownerKind: 'person', ownerId: maker };
  const managed = await ctx.db.membership.findMany({
    where: { personId: maker, manager: true },
    select: { groupId: true },
    distinct: ['groupId'],
  });
  if (managed.length !== 1 || managed[0] === undefined)
    throw new AppError('bad_input', 'You manage several groups: say with ownerGroupId whose knowledge base it will be');
  return { ownerKind: 'group', ownerId: managed[0].groupId };
}

/** Made for a group that its maker is not in: from here on it is that group's to see. */
const ofOthers = (made: Pick<CatalogueEntry, 'id' | 'name' | 'description' | 'createdAt'>): CatalogueEntry => ({
  ...made,
  owner: null,
  creator: null,
  level: 'use',
  answerPolicy: 'sources_only',
  notice: '',
  discoverable: false,
  documentCount: 0,
  unfinishedCount: 0,
  failedCount: 0,
  passageCount: 0,
});
