import { scopeOf } from '../../../core/access/scopes.ts';
import { openPage, openPassage } from '../../../core/knowledge/passage.ts';
import * as contract from '../../contract/passages.ts';
import { route } from '../route.ts';

/** Reading what is in the documents. */
export const passageRoutes = [
  route(contract.getPassage, async ({ ctx, caller, params }) => {
    const passage = await openPassage(ctx, await scopeOf(ctx, caller.person.id), params.id);
    return {
      ...passage,
      rects: [...passage.rects],
      before: passage.before.map((each) => ({ ...each, rects: [...each.rects] })),
      after: passage.after.map((each) => ({ ...each, rects: [...each.rects] })),
    };
  }),

  route(contract.getDocumentPage, async ({ ctx, caller, params }) => {
    const { passages, ...page } = await openPage(ctx, await scopeOf(ctx, caller.person.id), params.id, params.page);
    return { ...page, passages: passages.map((each) => ({ ...each, rects: [...each.rects] })) };
  }),
];
