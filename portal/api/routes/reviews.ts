import {
  grantsToReview,
  overdueReviews,
  reviewGrants,
  setReviewDays,
  waitingForOwner,
  type GrantToReview,
} from '../../../core/access/reviews/review.ts';
import * as contract from '../../contract/reviews.ts';
import { actorOf } from '../caller.ts';
import { byTime, pageOf, timePosition } from '../pages.ts';
import { route } from '../route.ts';

const shown = (grant: GrantToReview): contract.GrantToReview => ({
  ...grant,
  givenAt: grant.givenAt.toISOString(),
  reviewedAt: grant.reviewedAt?.toISOString() ?? null,
  expiresAt: grant.expiresAt?.toISOString() ?? null,
  dueAt: grant.dueAt.toISOString(),
  lastUsedAt: grant.lastUsedAt?.toISOString() ?? null,
});

/** Owners look at their grants again; administrators see who has not. */
export const reviewRoutes = [
  route(contract.listReviews, async ({ ctx, caller, query }) => {
    const { cursor, limit } = query;
    const wanted = { after: timePosition(cursor), limit: limit + 1 };
    const found = await grantsToReview(ctx, caller.person.id, wanted);
    return pageOf(found, limit, ({ dueAt: at, grantId: id }) => byTime({ at, id }), shown);
  }),

  route(contract.toDecide, ({ ctx, caller }) => waitingForOwner(ctx, caller.person.id)),

  route(contract.reviewGrants, ({ ctx, caller, body: { grantIds, decision } }) =>
    reviewGrants(
      ctx,
      actorOf(caller),
      grantIds,
      decision.kind === 'set_end' ? { kind: 'set_end', until: new Date(decision.until) } : decision,
    ),
  ),

  route(contract.listOverdueReviews, async ({ ctx, caller, query }) => {
    const { cursor, limit } = query;
    const wanted = { after: timePosition(cursor), limit: limit + 1 };
    const found = await overdueReviews(ctx, caller.person.id, wanted);
    return pageOf(
      found,
      limit,
      ({ since: at, knowledgeBase: { id } }) => byTime({ at, id }),
      (one) => ({ ...one, since: one.since.toISOString() }),
    );
  }),

  route(contract.setReviewDays, ({ ctx, caller, params, body }) =>
    setReviewDays(ctx, actorOf(caller), params.id, body.days),
  ),
];
