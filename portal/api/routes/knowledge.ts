import { decide, demand } from '../../../core/access/decide.ts';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import {
  catalogueEntry,
  catalogueOf,
  updateKnowledgeBase,
  type CatalogueEntry,
} from '../../../core/knowledge/catalogue.ts';
import { createKnowledgeBase, deleteKnowledgeBase } from '../../../core/knowledge/knowledge-bases.ts';
import * as contract from '../../contract/knowledge.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const shown = (entry: CatalogueEntry): contract.KnowledgeBase => ({
  ...entry,
  createdAt: entry.createdAt.toISOString(),
});

const manages = (ctx: Context, caller: Caller, id: string): Promise<void> =>
  demand(ctx, caller.person.id, 'knowledge.manage', { kind: 'knowledge_base', id });

/**
 * Who will own a new knowledge base: its maker, or a group that they manage. Who may make some only as the manager of a
 * group makes them for a group.
 */
async function ownerOf(
  ctx: Context,
  caller: Caller,
  groupId: string | undefined,
): Promise<{ ownerKind: 'person' | 'group'; ownerId: string }> {
  const { id } = caller.person;
  if (groupId !== undefined) {
    await demand(ctx, id, 'group.manage', { kind: 'group', id: groupId });
    if ((await ctx.db.group.count({ where: { id: groupId } })) === 0)
      throw new AppError('not_found', 'No such group, or none that you may see');
    return { ownerKind: 'group', ownerId: groupId };
  }
  const decision = await decide(ctx, id, 'knowledge.create');
  if (!decision.because.some((reason) => reason.code === 'manager')) return { ownerKind: 'person', ownerId: id };
  const managed = await ctx.db.membership.findMany({
    where: { personId: id, manager: true },
    select: { groupId: true },
    distinct: ['groupId'],
  });
  if (managed.length !== 1 || managed[0] === undefined)
    throw new AppError('bad_input', 'You manage several groups: say with ownerGroupId whose knowledge base it will be');
  return { ownerKind: 'group', ownerId: managed[0].groupId };
}

/** Knowledge bases: their list, settings and end. */
export const knowledgeRoutes = [
  route(contract.listKnowledgeBases, async ({ ctx, caller }) => ({
    items: (await catalogueOf(ctx, caller.person.id)).map(shown),
    nextCursor: null,
  })),

  route(contract.createKnowledgeBase, async ({ ctx, caller, body }) => {
    await demand(ctx, caller.person.id, 'knowledge.create');
    const owner = await ownerOf(ctx, caller, body.ownerGroupId);
    const { name, description } = body;
    const made = await createKnowledgeBase(ctx, { name, description, ...owner }, actorOf(caller));
    const seen = (await catalogueOf(ctx, caller.person.id)).find((each) => each.id === made.id);
    if (seen) return shown(seen);
    // Made for a group that its maker is not in: from here on it is that group's to see.
    return {
      ...made,
      description,
      owner: null,
      level: 'use' as const,
      answerPolicy: 'sources_only' as const,
      notice: '',
      discoverable: false,
      documentCount: 0,
      unfinishedCount: 0,
      failedCount: 0,
      passageCount: 0,
      createdAt: ctx.clock.now().toISOString(),
    };
  }),

  route(contract.getKnowledgeBase, async ({ ctx, caller, params }) =>
    shown(await catalogueEntry(ctx, caller.person.id, params.id)),
  ),

  route(contract.updateKnowledgeBase, async ({ ctx, caller, params, body }) => {
    await manages(ctx, caller, params.id);
    await updateKnowledgeBase(ctx, actorOf(caller), params.id, body);
    return shown(await catalogueEntry(ctx, caller.person.id, params.id));
  }),

  route(contract.deleteKnowledgeBase, async ({ ctx, caller, params }) => {
    await manages(ctx, caller, params.id);
    await deleteKnowledgeBase(ctx, params.id, actorOf(caller));
  }),
];
