import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, page } from './shapes.ts';

const days = z.int().min(1).max(3650);

/** A grant as the owner of what it opens looks at it again. */
export const grantToReview = z
  .object({
    grantId: id,
    /** `reviewDays` null: as the installation has it. */
    knowledgeBase: z.object({ id, name: z.string(), reviewDays: days.nullable() }),
    to: z.union([
      z.object({ kind: z.enum(['person', 'group']), id, name: z.string() }),
      z.object({ kind: z.literal('everyone') }),
    ]),
    level,
    givenAt: instant,
    givenBy: z.string().nullable(),
    reviewedAt: instant.nullable(),
    reviewedBy: z.string().nullable(),
    expiresAt: instant.nullable(),
    dueAt: instant,
    due: z.boolean(),
    /** How many people it reaches. */
    members: z.int(),
    broad: z.boolean(),
    /** The day on which one of them last got an answer from it; null: never. */
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: 'GrantToReview' });
export type GrantToReview = z.infer<typeof grantToReview>;

export const listReviews = call({
  method: 'GET',
  path: '/access-reviews',
  summary: 'Every grant on what I own, those first that have waited longest for a look',
  topic: 'Reviews',
  access: 'session',
  query: page,
  status: 200,
  answers: listOf(grantToReview),
});

export const toDecide = call({
  method: 'GET',
  path: '/account/to-decide',
  summary: 'Whether I own anything, and how many requests and grants wait for a decision of mine',
  topic: 'Reviews',
  access: 'session',
  status: 200,
  answers: z.object({ owns: z.boolean(), requests: z.int(), reviews: z.int() }).meta({ id: 'ToDecide' }),
});

export const reviewGrants = call({
  method: 'POST',
  path: '/access-reviews',
  summary: 'Keep grants on what I own, take them back, or give them an end: all of those named, or none',
  topic: 'Reviews',
  access: 'session',
  body: z.object({
    grantIds: z.array(id).min(1).max(200),
    decision: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('keep') }),
      z.object({ kind: z.literal('take_back') }),
      z.object({ kind: z.literal('set_end'), until: instant }),
    ]),
  }),
  status: 204,
  answers: null,
});

export const overdueReview = z
  .object({
    knowledgeBase: z.object({ id, name: z.string() }),
    owner: z.object({ kind: z.enum(['person', 'group']), name: z.string() }).nullable(),
    grants: z.int(),
    since: instant,
  })
  .meta({ id: 'OverdueReview' });
export type OverdueReview = z.infer<typeof overdueReview>;

export const listOverdueReviews = call({
  method: 'GET',
  path: '/overdue-reviews',
  summary: 'For administrators: knowledge bases whose owners have not looked at their grants in time',
  topic: 'Reviews',
  access: 'people',
  query: page,
  status: 200,
  answers: listOf(overdueReview),
});

export const setReviewDays = call({
  method: 'PUT',
  path: '/knowledge-bases/{id}/review-days',
  summary: 'How often the grants on what I own are looked at, days; null: as the installation has it',
  topic: 'Reviews',
  access: 'session',
  params: byId,
  body: z.object({ days: days.nullable() }),
  status: 204,
  answers: null,
});
