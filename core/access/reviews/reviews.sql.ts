import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import { row, rows, sql, type Queryable, type Statement } from '../../storage/sql.ts';
import type { LevelName } from '../levels.ts';
import { decidedBy } from '../requests/requests.sql.ts';
import { knowledgeRights } from '../rules.sql.ts';

/** When a grant is to be looked at again: so many days after it was given or last looked at. `days`: the installation's. */
const due = (days: number): Statement =>
  sql`greatest(g.created_at, coalesce(g.reviewed_at, g.created_at)) + make_interval(days => coalesce(k.review_days, ${days}::int))`;

const living = (at: Date): Statement =>
  sql`g.resource_kind = 'knowledge_base' AND (g.expires_at IS NULL OR g.expires_at > ${at})`;

export type ReviewRow = {
  grantId: string;
  knowledgeBaseId: KnowledgeBaseId;
  knowledgeBaseName: string;
  reviewDays: number | null;
  toKind: 'person' | 'group' | 'everyone';
  toId: string | null;
  toName: string | null;
  level: LevelName;
  givenAt: Date;
  givenByName: string | null;
  reviewedAt: Date | null;
  reviewedByName: string | null;
  expiresAt: Date | null;
  dueAt: Date;
  members: number;
  lastUsedAt: Date | null;
};

// By the day: an owner reviews a right, not how somebody spends theirs.
const lastUsed = sql`
  (SELECT max(u.day)::timestamp AT TIME ZONE 'UTC' FROM knowledge_use u
   WHERE u.knowledge_base_id = g.resource_id
     AND (g.to_kind = 'everyone' OR u.person_id = g.to_id
       OR (g.to_kind = 'group' AND u.person_id IN (SELECT b.person_id FROM membership b WHERE b.group_id = g.to_id))))`;

const counts = sql`a.status = 'active' AND a.role <> 'pending'`;

export type OwnedGrant = Pick<ReviewRow, 'grantId' | 'knowledgeBaseId' | 'toKind' | 'toId' | 'level' | 'expiresAt'>;

/** Those of these living grants that are on what a person owns, with what deciding about them needs. */
export const ownedGrants = (db: Queryable, owner: PersonId, at: Date, ids: readonly string[]): Promise<OwnedGrant[]> =>
  rows(
    db,
    sql`${knowledgeRights({ forGood: [owner] }, at)}
      SELECT g.id AS "grantId", g.resource_id AS "knowledgeBaseId", g.to_kind AS "toKind", g.to_id AS "toId", g.level,
             g.expires_at AS "expiresAt"
      FROM access_grant g WHERE g.id = ANY(${ids}::uuid[]) AND ${living(at)} AND g.resource_id IN ${decidedBy(owner)}
      ORDER BY g.id`,
  );

/**
 * Every living grant on what a person owns, those first that have waited longest, with how many people each reaches and when
 * one of them last got an answer from it.
 */
export const grantsToReview = (
  db: Queryable,
  owner: PersonId,
  at: Date,
  wanted: { days: number; after: { at: string; id: string } | null; limit: number },
): Promise<ReviewRow[]> =>
  rows(
    db,
    sql`${knowledgeRights({ forGood: [owner] }, at)},
      listed AS (
        SELECT g.*, k.name AS base_name, k.review_days, date_trunc('milliseconds', ${due(wanted.days)}) AS due_at
        FROM access_grant g JOIN knowledge_base k ON k.id = g.resource_id AND k.deleted_at IS NULL
        WHERE ${living(at)} AND k.id IN ${decidedBy(owner)}),
      page AS (
        SELECT * FROM listed
        WHERE ${wanted.after === null} OR (due_at, id) > (${wanted.after?.at ?? null}::timestamptz, ${wanted.after?.id ?? null}::uuid)
        ORDER BY due_at, id LIMIT ${wanted.limit})
      SELECT g.id AS "grantId", g.resource_id AS "knowledgeBaseId", g.base_name AS "knowledgeBaseName", g.review_days AS "reviewDays",
             g.to_kind AS "toKind", g.to_id AS "toId", coalesce(p.name, o.name) AS "toName", g.level, g.created_at AS "givenAt",
             b.name AS "givenByName", g.reviewed_at AS "reviewedAt", r.name AS "reviewedByName", g.expires_at AS "expiresAt",
             g.due_at AS "dueAt", ${lastUsed} AS "lastUsedAt",
             CASE g.to_kind
               WHEN 'person' THEN (SELECT count(*)::int FROM person a WHERE a.id = g.to_id AND ${counts})
               WHEN 'group' THEN (SELECT count(DISTINCT a.id)::int FROM membership s JOIN person a ON a.id = s.person_id
                                  WHERE s.group_id = g.to_id AND ${counts})
               ELSE (SELECT count(*)::int FROM person a WHERE ${counts}) END AS members
      FROM page g
      LEFT JOIN person p ON g.to_kind = 'person' AND p.id = g.to_id
      LEFT JOIN access_group o ON g.to_kind = 'group' AND o.id = g.to_id
      LEFT JOIN person b ON b.id = g.created_by
      LEFT JOIN person r ON r.id = g.reviewed_by
      ORDER BY g.due_at, g.id`,
  );

export type ToDecide = { owns: boolean; requests: number; reviews: number };

/** Whether a person owns anything, and what waits for them there: open requests of others, and grants to look at again. */
export const toDecide = async (db: Queryable, person: PersonId, at: Date, days: number): Promise<ToDecide> =>
  (await row<ToDecide>(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)},
      mine AS MATERIALIZED (SELECT k.* FROM knowledge_base k WHERE k.id IN ${decidedBy(person)})
      SELECT EXISTS (SELECT FROM mine) AS owns,
             (SELECT count(*)::int FROM access_request a JOIN mine k ON k.id = a.knowledge_base_id
              WHERE a.state = 'open' AND a.person_id <> ${person}) AS requests,
             (SELECT count(*)::int FROM access_grant g JOIN mine k ON k.id = g.resource_id
              WHERE ${living(at)} AND date_trunc('milliseconds', ${due(days)}) <= ${at}) AS reviews`,
  )) ?? { owns: false, requests: 0, reviews: 0 };

export type OverdueRow = {
  id: KnowledgeBaseId;
  name: string;
  ownerKind: 'person' | 'group';
  ownerName: string | null;
  grants: number;
  since: Date;
};

/** Knowledge bases with grants that their owners should have looked at by now, the longest waiting first. */
export const overdueReviews = (
  db: Queryable,
  at: Date,
  wanted: { days: number; after: { at: string; id: string } | null; limit: number },
): Promise<OverdueRow[]> =>
  rows(
    db,
    sql`WITH late AS (
        SELECT k.id, k.name, k.owner_kind, k.owner_id, date_trunc('milliseconds', ${due(wanted.days)}) AS due_at
        FROM access_grant g JOIN knowledge_base k ON k.id = g.resource_id AND k.deleted_at IS NULL
        WHERE ${living(at)}),
      bases AS (
        SELECT id, name, owner_kind, owner_id, count(*)::int AS grants, min(due_at) AS since
        FROM late WHERE due_at <= ${at} GROUP BY 1, 2, 3, 4)
      SELECT l.id, l.name, l.owner_kind AS "ownerKind", coalesce(p.name, o.name) AS "ownerName", l.grants, l.since
      FROM bases l
      LEFT JOIN person p ON l.owner_kind = 'person' AND p.id = l.owner_id
      LEFT JOIN access_group o ON l.owner_kind = 'group' AND o.id = l.owner_id
      WHERE ${wanted.after === null} OR (l.since, l.id) > (${wanted.after?.at ?? null}::timestamptz, ${wanted.after?.id ?? null}::uuid)
      ORDER BY l.since, l.id LIMIT ${wanted.limit}`,
  );
