import { explain, type ChainLink } from '../../../core/access/explain.ts';
import * as contract from '../../contract/access.ts';
import { LEVELS } from '../../contract/knowledge.ts';
import { actorOf } from '../caller.ts';
import { route } from '../route.ts';

const shownLink = ({ level, until, sources, ...link }: ChainLink): contract.ChainLink => ({
  ...link,
  ...(level === undefined ? {} : { level: LEVELS[level - 1] }),
  ...(until === undefined ? {} : { until: until.toISOString() }),
  ...(sources === undefined ? {} : { sources: [...sources] }),
});

/** Who may do what, and why. */
export const accessRoutes = [
  route(contract.explain, async ({ ctx, caller, query }) => {
    const { person = caller.person.id, action, resource } = query;
    const { chain, ...explanation } = await explain(ctx, actorOf(caller), { person, action, resource });
    return { ...explanation, chain: chain.map(shownLink) };
  }),
];
