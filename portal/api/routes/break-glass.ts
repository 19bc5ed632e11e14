import { endBreakGlass } from '../../../core/access/break-glass/end.ts';
import { listBreakGlass, type BreakGlassEntry } from '../../../core/access/break-glass/entries.ts';
import { breakGlass } from '../../../core/access/break-glass/open.ts';
import { AppError } from '../../../core/errors.ts';
import * as contract from '../../contract/break-glass.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byTime, pageOf, timePosition } from '../pages.ts';
import { route } from '../route.ts';

const shown = (entry: BreakGlassEntry): contract.BreakGlass => ({
  ...entry,
  startedAt: entry.startedAt.toISOString(),
  endsAt: entry.endsAt.toISOString(),
});

const actor = (caller: Caller) => ({ ...actorOf(caller), personId: caller.person.id });

/** What administrators open without being given it. */
export const breakGlassRoutes = [
  route(contract.breakGlass, async ({ ctx, caller, body }) => shown(await breakGlass(ctx, actor(caller), body))),

  route(contract.listBreakGlass, async ({ ctx, caller, query }) => {
    const { kind, id, cursor, limit } = query;
    if ((kind === undefined) !== (id === undefined))
      throw new AppError('bad_input', 'kind and id belong together: name both or none');
    const found = await listBreakGlass(ctx, caller.person.id, {
      resource: kind === undefined || id === undefined ? null : { kind, id },
      after: timePosition(cursor),
      limit: limit + 1,
    });
    return pageOf(found, limit, ({ startedAt: at, id: entryId }) => byTime({ at, id: entryId }), shown);
  }),

  route(contract.endBreakGlass, ({ ctx, caller, params }) => endBreakGlass(ctx, actor(caller), params.id)),
];
