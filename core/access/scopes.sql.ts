import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, rows, sql, type Queryable } from '../storage/sql.ts';
import { knowledgeRights, permissionCauses } from './rules.sql.ts';

/** The knowledge bases that one person may read. */
export async function readableBy(db: Queryable, person: PersonId, at: Date): Promise<KnowledgeBaseId[]> {
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    sql`${knowledgeRights([person], at)} SELECT DISTINCT knowledge_base_id AS id FROM knowledge_right ORDER BY 1`,
  );
  return found.map((each) => each.id);
}

/** What each of these people may read; nothing as soon as one of them does not count (deactivated, pending, unknown). */
export async function readableByAll(db: Queryable, people: readonly PersonId[], at: Date): Promise<KnowledgeBaseId[]> {
  const distinct = [...new Set(people)];
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    sql`${knowledgeRights(distinct, at)}
      SELECT knowledge_base_id AS id FROM knowledge_right
      GROUP BY knowledge_base_id HAVING count(DISTINCT person_id) = ${distinct.length}::int ORDER BY 1`,
  );
  return found.map((each) => each.id);
}

/** What is granted to everyone, which is all that somebody unknown may count on. */
export async function readableByEveryone(db: Queryable, at: Date): Promise<KnowledgeBaseId[]> {
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    sql`SELECT DISTINCT k.id FROM access_grant g
      JOIN knowledge_base k ON (k.id = g.resource_id OR g.resource_id IS NULL) AND k.deleted_at IS NULL
      WHERE g.resource_kind = 'knowledge_base' AND g.to_kind = 'everyone' AND (g.expires_at IS NULL OR g.expires_at > ${at})
      ORDER BY 1`,
  );
  return found.map((each) => each.id);
}

export type Level = 1 | 2 | 3;

export type VisibleKnowledgeBase = {
  id: KnowledgeBaseId;
  name: string;
  description: string;
  notice: string;
  level: Level;
  discoverable: boolean;
  documents: number;
  passages: number;
  fromSample: boolean;
};

/** The knowledge bases a person may use, with the highest level they hold on each, by name. */
export async function knowledgeBasesOf(db: Queryable, person: PersonId, at: Date): Promise<VisibleKnowledgeBase[]> {
  return rows<VisibleKnowledgeBase>(
    db,
    sql`${knowledgeRights([person], at)},
      held AS (SELECT knowledge_base_id, max(level) AS level FROM knowledge_right GROUP BY 1)
      SELECT k.id, k.name, k.description, k.notice, h.level, k.discoverable, k.passage_count AS passages,
             k.from_sample AS "fromSample",
             (SELECT count(*)::int FROM document d WHERE d.knowledge_base_id = k.id AND d.deleted_at IS NULL) AS documents
      FROM held h JOIN knowledge_base k ON k.id = h.knowledge_base_id ORDER BY lower(k.name), k.id`,
  );
}

export type Cause = { cause: string; causeId: string | null; name: string | null };

/** Every row that gives this person a level on this knowledge base, named for people, strongest first. */
export async function causesOnKnowledgeBase(
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<(Cause & { level: Level })[]> {
  return rows(
    db,
    sql`${knowledgeRights([person], at)}
      SELECT r.level, r.cause, r.cause_id AS "causeId",
             coalesce(direct.name, through.name) AS name
      FROM knowledge_right r
      LEFT JOIN access_grant g ON g.id = r.cause_id AND r.cause = 'grant_to_group'
      LEFT JOIN access_group through ON through.id = g.to_id
      LEFT JOIN access_group direct ON direct.id = r.cause_id AND r.cause IN ('manager_of_owner', 'member_of_owner')
      WHERE r.knowledge_base_id = ${knowledgeBase} ORDER BY r.level DESC, r.cause, name`,
  );
}

/** The rules that speak of a person's permissions; a missing row of a key means its default. */
export async function permissionRules(
  db: Queryable,
  person: PersonId,
): Promise<
  {
    permission: string;
    effect: 'allow' | 'deny';
    cause: 'default' | 'group';
    causeId: string | null;
    name: string | null;
  }[]
> {
  return rows(
    db,
    sql`${permissionCauses([person])}
      SELECT c.permission, c.effect, c.cause, c.cause_id AS "causeId", g.name
      FROM permission_cause c LEFT JOIN access_group g ON g.id = c.cause_id ORDER BY c.permission, c.effect DESC, g.name`,
  );
}

/** A person's role and groups as decisions need them; null where there is no such person. */
export async function standingOf(
  db: Queryable,
  person: PersonId,
): Promise<{ role: string; status: string; managedGroupIds: string[] } | null> {
  return row(
    db,
    sql`SELECT p.role, p.status,
          coalesce((SELECT array_agg(DISTINCT m.group_id) FROM membership m WHERE m.person_id = p.id AND m.manager), '{}') AS "managedGroupIds"
        FROM person p WHERE p.id = ${person}`,
  );
}
