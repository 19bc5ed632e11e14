import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, rows, sql, type Queryable, type Statement } from '../storage/sql.ts';
import type { NamePosition } from './actor.ts';
import type { Cause } from './causes.sql.ts';
import { knowledgeRights, seats } from './rules.sql.ts';
import type { Level } from './levels.ts';

export const likeOf = (find: string): string => `%${find.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

export type AccessRow = {
  id: PersonId;
  name: string;
  email: string | null;
  kind: 'human' | 'service';
  level: Level;
  causes: (Omit<Cause, 'until'> & { until: string | null })[];
};

/** Everybody who has a right on a knowledge base, by name, with every row that gives it, the strongest first. */
export const peopleWithAccess = (
  db: Queryable,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
  wanted: { find: string; after: NamePosition | null; limit: number },
): Promise<AccessRow[]> =>
  rows(
    db,
    sql`${knowledgeRights('everybody', at)}
      SELECT p.id, p.name, p.email, p.kind, max(r.level) AS level,
             json_agg(json_build_object('cause', r.cause, 'causeId', r.cause_id, 'name', coalesce(direct.name, through.name),
               'level', r.level, 'until', coalesce(g.expires_at, b.ends_at)) ORDER BY r.level DESC, r.cause, r.cause_id) AS causes
      FROM knowledge_right r JOIN person p ON p.id = r.person_id
      LEFT JOIN access_grant g ON g.id = r.cause_id
      LEFT JOIN access_group through ON g.to_kind = 'group' AND through.id = g.to_id
      LEFT JOIN access_group direct ON direct.id = r.cause_id
      LEFT JOIN break_glass b ON b.id = r.cause_id
      WHERE r.knowledge_base_id = ${knowledgeBase} AND (p.name ILIKE ${likeOf(wanted.find)} OR p.email ILIKE ${likeOf(wanted.find)})
        AND (${wanted.after === null} OR (p.name, p.id) > (${wanted.after?.name ?? null}::text, ${wanted.after?.id ?? null}::uuid))
      GROUP BY p.id ORDER BY p.name, p.id LIMIT ${wanted.limit}`,
  );

export type Reach = { use: number; contribute: number; manage: number };

/** How many people have a right on a knowledge base, by the highest level of each. */
export const reachOf = (db: Queryable, knowledgeBase: KnowledgeBaseId, at: Date): Promise<Reach | null> =>
  row(
    db,
    sql`${knowledgeRights('everybody', at)},
      held AS (SELECT max(level) AS level FROM knowledge_right WHERE knowledge_base_id = ${knowledgeBase} GROUP BY person_id)
      SELECT count(*) FILTER (WHERE level = 1)::int AS use, count(*) FILTER (WHERE level = 2)::int AS contribute,
             count(*) FILTER (WHERE level = 3)::int AS manage FROM held`,
  );

/** What opens a knowledge base to many: `name` is the group's, null for everyone; `grantId` null where the group owns it. */
export type BroadAccess = { grantId: string | null; name: string | null; members: number };

/** Grants to everyone, and groups of more than `most` members that are given a knowledge base or own it. */
export const broadAccess = (
  db: Queryable,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
  most: number,
): Promise<BroadAccess[]> =>
  rows(
    db,
    sql`${seats('everybody', at)},
      wide AS (
        SELECT g.id AS "grantId", g.to_kind, g.to_id FROM access_grant g
        WHERE g.resource_kind = 'knowledge_base' AND g.resource_id = ${knowledgeBase} AND g.to_kind <> 'person'
          AND (g.expires_at IS NULL OR g.expires_at > ${at})
        UNION ALL
        SELECT NULL, 'group', k.owner_id FROM knowledge_base k WHERE k.id = ${knowledgeBase} AND k.owner_kind = 'group'),
      counted AS (
        SELECT w."grantId", o.name,
               CASE WHEN w.to_kind = 'everyone' THEN (SELECT count(*)::int FROM standing)
                    ELSE (SELECT count(*)::int FROM seat t WHERE t.group_id = w.to_id) END AS members, w.to_kind
        FROM wide w LEFT JOIN access_group o ON o.id = w.to_id)
      SELECT "grantId", name, members FROM counted WHERE to_kind = 'everyone' OR members > ${most}
      ORDER BY members DESC, name`,
  );

/** Why nobody looks after it: its owner is gone, or nobody of the owning group manages it. */
export type Unowned = 'owner_gone' | 'no_manager';

/** As a value in a statement that has `standing` and `seat`; null where somebody looks after it. */
export const unowned = (kind: Statement, id: Statement): Statement => sql`
  CASE WHEN ${kind} = 'person' AND NOT EXISTS (SELECT FROM standing s WHERE s.person_id = ${id}) THEN 'owner_gone'
       WHEN ${kind} = 'group' AND NOT EXISTS (SELECT FROM access_group o WHERE o.id = ${id}) THEN 'owner_gone'
       WHEN ${kind} = 'group' AND NOT EXISTS (SELECT FROM seat t WHERE t.group_id = ${id} AND t.manager) THEN 'no_manager'
  END`;

export type OverseenRow = {
  id: KnowledgeBaseId;
  name: string;
  ownerKind: 'person' | 'group';
  ownerId: string;
  ownerName: string | null;
  creatorId: PersonId | null;
  creatorName: string | null;
  unowned: Unowned | null;
  createdAt: Date;
};

/** Knowledge bases by name, with who owns them, for who oversees them; with `unownedOnly` those that nobody looks after. */
export const overseenKnowledgeBases = (
  db: Queryable,
  at: Date,
  wanted: { find: string; unownedOnly: boolean; id: KnowledgeBaseId | null; after: NamePosition | null; limit: number },
): Promise<OverseenRow[]> =>
  rows(
    db,
    sql`${seats('everybody', at)},
      overseen AS (
        SELECT k.id, k.name, k.owner_kind AS "ownerKind", k.owner_id AS "ownerId", coalesce(p.name, g.name) AS "ownerName",
               k.creator_id AS "creatorId", c.name AS "creatorName", k.created_at AS "createdAt",
               ${unowned(sql`k.owner_kind`, sql`k.owner_id`)} AS unowned
        FROM knowledge_base k
        LEFT JOIN person p ON k.owner_kind = 'person' AND p.id = k.owner_id
        LEFT JOIN access_group g ON k.owner_kind = 'group' AND g.id = k.owner_id
        LEFT JOIN person c ON c.id = k.creator_id
        WHERE k.deleted_at IS NULL AND k.name ILIKE ${likeOf(wanted.find)} AND (${wanted.id}::uuid IS NULL OR k.id = ${wanted.id}::uuid))
      SELECT * FROM overseen
      WHERE (NOT ${wanted.unownedOnly} OR unowned IS NOT NULL)
        AND (${wanted.after === null} OR (name, id) > (${wanted.after?.name ?? null}::text, ${wanted.after?.id ?? null}::uuid))
      ORDER BY name, id LIMIT ${wanted.limit}`,
  );
