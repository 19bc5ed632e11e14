import { levelName } from '../../../core/access/levels.ts';
import { demand } from '../../../core/access/decide.ts';
import { rightsOf } from '../../../core/access/rights.ts';
import { endViewAs, startViewAs } from '../../../core/access/view-as.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import * as contract from '../../contract/access.ts';
import type { Caller } from '../caller.ts';
import { route } from '../route.ts';
import { shownViewing } from '../viewing.ts';

function inBrowser(caller: Caller): Caller & { via: 'session' } {
  if (caller.via !== 'session') throw new AppError('forbidden', 'This is done in the portal, not with an API key');
  return caller;
}

/** Seeing menus and rights as somebody else has them. */
export const viewAsRoutes = [
  route(contract.startViewAs, async ({ ctx, caller, body }) => {
    const { person, sessionId } = inBrowser(caller);
    await demand(ctx, person.id, 'people.manage');
    const { until, ...viewed } = await startViewAs(ctx, { personId: person.id, sessionId }, body);
    return { ...viewed, until: until.toISOString() };
  }),

  route(contract.getViewAs, async ({ ctx, caller }) => {
    const { viewingAs } = inBrowser(caller);
    if (viewingAs === null) throw notFound('view');
    const [viewing, rights] = await Promise.all([shownViewing(ctx, viewingAs), rightsOf(ctx, viewingAs)]);
    return {
      viewing,
      permissions: { ...rights.permissions },
      manages: [...rights.manages],
      knowledgeBases: rights.knowledgeBases.map(({ id, name, level }) => ({ id, name, level: levelName(level) })),
      models: [...rights.models],
    };
  }),

  route(contract.endViewAs, async ({ ctx, caller }) => {
    const { person, sessionId, viewingAs } = inBrowser(caller);
    await endViewAs(ctx, { personId: person.id, sessionId }, viewingAs);
  }),
];
