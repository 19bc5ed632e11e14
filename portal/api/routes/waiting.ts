import { demand } from '../../../core/access/decide.ts';
import { approve, listWaiting, refuse, undoRefusal } from '../../../core/access/waiting.ts';
import type { WaitingRow } from '../../../core/access/waiting.sql.ts';
import type { Context } from '../../../core/context.ts';
import * as contract from '../../contract/waiting.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byTime, pageOf, timePosition } from '../pages.ts';
import { route } from '../route.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'people.manage');

const shown = ({ createdAt, refusedAt, told, ...person }: WaitingRow): contract.WaitingPerson => ({
  ...person,
  since: createdAt.toISOString(),
  refusedAt: refusedAt?.toISOString() ?? null,
  told: told.map(({ at, ...each }) => ({ ...each, at: at === null ? null : new Date(at).toISOString() })),
});

/** Who waits for approval, and what is decided about them. */
export const waitingRoutes = [
  route(contract.listWaiting, async ({ ctx, caller, query }) => {
    await administers(ctx, caller);
    const { cursor, limit, refused } = query;
    const wanted = { refused: refused === 'true', after: timePosition(cursor), limit: limit + 1 };
    const { people, total } = await listWaiting(ctx, wanted);
    return { ...pageOf(people, limit, ({ createdAt, id }) => byTime({ at: createdAt, id }), shown), total };
  }),

  route(contract.approvePeople, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return { people: await approve(ctx, actorOf(caller), body) };
  }),

  route(contract.refusePeople, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return { people: await refuse(ctx, actorOf(caller), body.people) };
  }),

  route(contract.undoRefusal, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await undoRefusal(ctx, actorOf(caller), [params.id]);
  }),
];
