import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import type { Actor } from '../actor.ts';
import { demand } from '../decide.ts';
import type { LevelName } from '../levels.ts';
import { demandOwner } from '../ownership.ts';
import * as store from './reviews.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;
type By = Actor & { personId: PersonId };
type Position = { at: string; id: string } | null;

/** A grant as its owner looks at it again. */
export type GrantToReview = Readonly<{
  grantId: string;
  /** `reviewDays`: how often; null: as the installation has it. */
  knowledgeBase: { id: KnowledgeBaseId; name: string; reviewDays: number | null };
  to: { kind: 'person' | 'group'; id: string; name: string } | { kind: 'everyone' };
  level: LevelName;
  givenAt: Date;
  givenBy: string | null;
  reviewedAt: Date | null;
  reviewedBy: string | null;
  expiresAt: Date | null;
  dueAt: Date;
  due: boolean;
  /** How many people it reaches, and whether that is more than its owner may think of. */
  members: number;
  broad: boolean;
  /** The day on which one of them last got an answer from it; null: never. */
  lastUsedAt: Date | null;
}>;

/** Every grant on what a person owns, those first that have waited longest. */
export async function grantsToReview(
  ctx: Needs,
  owner: PersonId,
  wanted: { after: Position; limit: number },
): Promise<GrantToReview[]> {
  const at = ctx.clock.now();
  const days = ctx.config.REVIEW_EVERY_DAYS;
  const found = await store.grantsToReview(ctx.pool, owner, at, { ...wanted, days });
  return found.map((row) => ({
    grantId: row.grantId,
    knowledgeBase: { id: row.knowledgeBaseId, name: row.knowledgeBaseName, reviewDays: row.reviewDays },
    to:
      row.toKind === 'everyone' || row.toId === null
        ? { kind: 'everyone' }
        : { kind: row.toKind, id: row.toId, name: row.toName ?? '' },
    level: row.level,
    givenAt: row.givenAt,
    givenBy: row.givenByName,
    reviewedAt: row.reviewedAt,
    reviewedBy: row.reviewedByName,
    expiresAt: row.expiresAt,
    dueAt: row.dueAt,
    due: row.dueAt <= at,
    members: row.members,
    broad: row.toKind === 'everyone' || row.members > ctx.config.BROAD_GROUP_MEMBERS,
    lastUsedAt: row.lastUsedAt,
  }));
}

/** Whether somebody owns anything, and how many requests and grants wait for a decision of theirs. */
export const waitingForOwner = (ctx: Needs, person: PersonId): Promise<store.ToDecide> =>
  store.toDecide(ctx.pool, person, ctx.clock.now(), ctx.config.REVIEW_EVERY_DAYS);

export type ReviewDecision = { kind: 'keep' } | { kind: 'take_back' } | { kind: 'set_end'; until: Date };

/**
 * Decides about grants on what one owns, all of them or none: kept until the next review, taken back, or given an end.
 * @throws AppError 'not_found' where one is not there or not theirs to review, 'forbidden' where somebody would confirm or
 * prolong a grant to themself, 'bad_input' for an end that has come.
 */
export async function reviewGrants(
  ctx: Needs,
  by: By,
  ids: readonly string[],
  decision: ReviewDecision,
): Promise<void> {
  const at = ctx.clock.now();
  if (decision.kind === 'set_end' && decision.until <= at) throw new AppError('bad_input', 'This end has come already');
  const wanted = [...new Set(ids)];
  const found = await store.ownedGrants(ctx.pool, by.personId, at, wanted);
  if (found.length < wanted.length) throw notFound('grant');
  if (found.some((grant) => isForOneself(grant, by) && !narrows(grant, decision)))
    throw new AppError(
      'forbidden',
      'Nobody confirms a grant to themself: take it back, or let another owner look at it',
    );

  await ctx.db.$transaction(async (tx) => {
    for (const grant of found) {
      const where = { id: grant.grantId, level: grant.level };
      const reviewed = { reviewedAt: at, reviewedBy: by.personId };
      const { count } =
        decision.kind === 'take_back'
          ? await tx.grant.deleteMany({ where })
          : await tx.grant.updateMany({
              where,
              data:
                decision.kind === 'keep' ? reviewed : { ...reviewed, expiresAt: decision.until, endRecordedAt: null },
            });
      if (count === 0)
        throw new AppError('conflict', 'One of these grants has changed meanwhile. Look at the list again');
      await record(tx, {
        actorId: by.personId,
        surface: by.surface,
        action: ACTIONS[decision.kind],
        subjectKind: 'knowledge_base',
        subjectId: grant.knowledgeBaseId,
        detail: {
          grantId: grant.grantId,
          toKind: grant.toKind,
          toId: grant.toId,
          level: grant.level,
          before: { expiresAt: grant.expiresAt },
          ...(decision.kind === 'set_end' ? { after: { expiresAt: decision.until } } : {}),
        },
      });
    }
  });
}

const ACTIONS = {
  keep: 'grant.confirmed',
  take_back: 'grant.deleted',
  set_end: 'grant.end_set',
} as const satisfies Record<ReviewDecision['kind'], string>;

const isForOneself = (grant: store.OwnedGrant, by: By): boolean =>
  grant.toKind === 'person' && grant.toId === by.personId;

const narrows = (grant: store.OwnedGrant, decision: ReviewDecision): boolean =>
  decision.kind === 'take_back' ||
  (decision.kind === 'set_end' && (grant.expiresAt === null || decision.until < grant.expiresAt));

export type OverdueReview = Readonly<{
  knowledgeBase: { id: KnowledgeBaseId; name: string };
  owner: { kind: 'person' | 'group'; name: string } | null;
  grants: number;
  since: Date;
}>;

/** For administrators: whose owners have not looked at their grants in time. @throws AppError 'forbidden'. */
export async function overdueReviews(
  ctx: Needs,
  by: PersonId,
  wanted: { after: Position; limit: number },
): Promise<OverdueReview[]> {
  await demand(ctx, by, 'people.manage');
  const found = await store.overdueReviews(ctx.pool, ctx.clock.now(), {
    ...wanted,
    days: ctx.config.REVIEW_EVERY_DAYS,
  });
  return found.map(({ id, name, ownerKind, ownerName, grants, since }) => ({
    knowledgeBase: { id, name },
    owner: ownerName === null ? null : { kind: ownerKind, name: ownerName },
    grants,
    since,
  }));
}

/**
 * How often the grants on a knowledge base are looked at, days; null: as the installation has it. Its owner says so.
 * @throws AppError 'not_found' for who may not see it, 'forbidden' for who does not own it.
 */
export async function setReviewDays(ctx: Needs, by: By, id: KnowledgeBaseId, days: number | null): Promise<void> {
  await demandOwner(ctx, by, id);
  await ctx.db.$transaction(async (tx) => {
    const before = await tx.knowledgeBase.findFirst({ where: { id, deletedAt: null }, select: { reviewDays: true } });
    if (!before) throw notFound('knowledge base');
    await tx.knowledgeBase.update({ where: { id }, data: { reviewDays: days } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'knowledge_base.changed',
      subjectKind: 'knowledge_base',
      subjectId: id,
      detail: { before, after: { reviewDays: days } },
    });
  });
}
