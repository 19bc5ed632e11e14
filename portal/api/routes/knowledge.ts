import { demand } from '../../../core/access/decide.ts';
import type { Context } from '../../../core/context.ts';
import {
  catalogueEntry,
  catalogueOf,
  updateKnowledgeBase,
  type CatalogueEntry,
} from '../../../core/knowledge/catalogue.ts';
import { deleteKnowledgeBase } from '../../../core/knowledge/knowledge-bases.ts';
import { makeKnowledgeBase } from '../../../core/knowledge/make.ts';
import * as contract from '../../contract/knowledge.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const shown = (entry: CatalogueEntry): contract.KnowledgeBase => ({
  ...entry,
  createdAt: entry.createdAt.toISOString(),
});

const manages = (ctx: Context, caller: Caller, id: string): Promise<void> =>
  demand(ctx, caller.person.id, 'knowledge.manage', { kind: 'knowledge_base', id });

/** Knowledge bases: their list, settings and end. */
export const knowledgeRoutes = [
  route(contract.listKnowledgeBases, async ({ ctx, caller }) => ({
    items: (await catalogueOf(ctx, caller.person.id)).map(shown),
    nextCursor: null,
  })),

  route(contract.createKnowledgeBase, async ({ ctx, caller, body }) =>
    shown(await makeKnowledgeBase(ctx, actorOf(caller), body)),
  ),

  route(contract.getKnowledgeBase, async ({ ctx, caller, params }) =>
    shown(await catalogueEntry(ctx, caller.person.id, params.id)),
  ),

  route(contract.updateKnowledgeBase, async ({ ctx, caller, params, body }) => {
    await manages(ctx, caller, params.id);
    await updateKnowledgeBase(ctx, actorOf(caller), params.id, body);
    return shown(await catalogueEntry(ctx, caller.person.id, params.id));
  }),

  route(contract.deleteKnowledgeBase, async ({ ctx, caller, params }) => {
    await deleteKnowledgeBase(ctx, params.id, actorOf(caller));
  }),
];
