import { demand } from '../../../core/access/decide.ts';
import { explain } from '../../../core/access/explain.ts';
import {
  accessSummary,
  demandOversight,
  listOverseen,
  whoHasAccess,
  type Overseen,
} from '../../../core/access/oversight.ts';
import { levelName } from '../../../core/access/levels.ts';
import { transferOwnership } from '../../../core/access/ownership.ts';
import type { ChainLink, Reason } from '../../../core/access/weigh.ts';
import * as contract from '../../contract/access.ts';
import { actorOf } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

const shownReason = ({ code, text, name, level, until }: Reason): Omit<contract.ChainLink, 'about' | 'decides'> => ({
  code,
  text,
  ...(name === undefined ? {} : { name }),
  ...(level === undefined ? {} : { level: levelName(level) }),
  ...(until === undefined ? {} : { until: until.toISOString() }),
});

const shownLink = ({ about, decides, sources, at, ...reason }: ChainLink): contract.ChainLink => ({
  about,
  decides,
  ...shownReason(reason),
  ...(at === undefined ? {} : { at: at.toISOString() }),
  ...(sources === undefined ? {} : { sources: [...sources] }),
});

const shownOverseen = (one: Overseen): contract.OverseenKnowledgeBase => ({
  ...one,
  createdAt: one.createdAt.toISOString(),
});

/** Who may do what, and why. */
export const accessRoutes = [
  route(contract.explain, async ({ ctx, caller, query }) => {
    const { person = caller.person.id, action, resource } = query;
    const { chain, ...explanation } = await explain(ctx, actorOf(caller), { person, action, resource });
    return { ...explanation, chain: chain.map(shownLink) };
  }),

  route(contract.listOverseenKnowledgeBases, async ({ ctx, caller, query }) => {
    await demand(ctx, caller.person.id, 'people.manage');
    const { q, unowned, cursor, limit } = query;
    const after = namePosition(cursor);
    return pageOf(
      await listOverseen(ctx, { find: q, unownedOnly: unowned, after, limit: limit + 1 }),
      limit,
      byName,
      shownOverseen,
    );
  }),

  route(contract.transferKnowledgeBase, async ({ ctx, caller, params, body }) =>
    shownOverseen(await transferOwnership(ctx, actorOf(caller), params.id, body)),
  ),

  route(contract.listAccess, async ({ ctx, caller, params, query }) => {
    await demandOversight(ctx, caller.person.id, params.id);
    const { q, cursor, limit } = query;
    const found = await whoHasAccess(ctx, params.id, { find: q, after: namePosition(cursor), limit: limit + 1 });
    return pageOf(found, limit, byName, ({ level, causes, ...person }) => ({
      person,
      level: levelName(level),
      causes: causes.map(shownReason),
    }));
  }),

  route(contract.getAccessSummary, async ({ ctx, caller, params }) => {
    await demandOversight(ctx, caller.person.id, params.id);
    const { knowledgeBase, people, broad } = await accessSummary(ctx, params.id);
    return { knowledgeBase: shownOverseen(knowledgeBase), people, broad: [...broad] };
  }),
];
