import type { GroupId, KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, rows, sql, type Queryable } from '../storage/sql.ts';
import { knowledgeRights } from './rules.sql.ts';
import { LEVEL } from './levels.ts';

export type Management = {
  /** Whether it is theirs or a group's that they manage, and not only given to them. */
  owns: boolean;
  manages: boolean;
  /** Whether they manage it for a group that owns it, and by nothing else. */
  onlyByGroup: boolean;
  /** When the last right to manage it ends; null: none of them ends by itself. */
  until: Date | null;
};

/** How a person manages a knowledge base when no break-glass counts. */
export const managementForGood = async (
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Management> =>
  (await row<Management>(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)}
      SELECT coalesce(bool_or(r.cause IN ('owner', 'manager_of_owner')), false) AS owns, count(*) > 0 AS manages,
             coalesce(bool_and(r.cause = 'manager_of_owner'), false) AS "onlyByGroup",
             CASE WHEN bool_or(g.expires_at IS NULL) THEN NULL ELSE max(g.expires_at) END AS until
      FROM knowledge_right r LEFT JOIN access_grant g ON g.id = r.cause_id
      WHERE r.knowledge_base_id = ${knowledgeBase} AND r.level = ${LEVEL.manage}::int`,
  )) ?? { owns: false, manages: false, onlyByGroup: false, until: null };

export type Opening = { breakGlassId: string; until: Date };

/**
 * The break-glasses by which a person manages a knowledge base now, what lasts longest first: their own, into it or into a
 * group that was given it to manage, and whoever's it is that a grant to them came by.
 */
export const openings = (
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Opening[]> =>
  rows(
    db,
    sql`${knowledgeRights([person], at)}
      SELECT b.id AS "breakGlassId", max(least(b.ends_at, g.expires_at)) AS until
      FROM knowledge_right r LEFT JOIN access_grant g ON g.id = r.cause_id
      LEFT JOIN opened o ON (r.cause = 'break_glass' AND o.id = r.cause_id)
        OR (r.cause = 'grant_to_group' AND o.resource_kind = 'group' AND o.resource_id = g.to_id)
      JOIN break_glass b ON b.id = coalesce(g.break_glass_id, o.id)
      WHERE r.knowledge_base_id = ${knowledgeBase} AND r.level = ${LEVEL.manage}::int
      GROUP BY b.id ORDER BY until DESC, b.id`,
  );

export type Reading = { personId: PersonId; knowledgeBaseId: KnowledgeBaseId };

/** Who of these people reads which of these knowledge bases when no break-glass counts. */
export const readForGood = (
  db: Queryable,
  people: readonly PersonId[],
  knowledgeBases: readonly KnowledgeBaseId[],
  at: Date,
): Promise<Reading[]> =>
  rows(
    db,
    sql`${knowledgeRights({ forGood: people }, at)}
      SELECT DISTINCT person_id AS "personId", knowledge_base_id AS "knowledgeBaseId" FROM knowledge_right
      WHERE knowledge_base_id = ANY(${knowledgeBases}::uuid[])`,
  );

/** What a group opens to its members, without what this person manages for good anyhow. */
export async function openedByGroup(
  db: Queryable,
  groupId: GroupId,
  except: PersonId,
  at: Date,
): Promise<KnowledgeBaseId[]> {
  const [opened, managed] = [
    await rows<{ id: KnowledgeBaseId }>(
      db,
      sql`${knowledgeRights({ memberOf: groupId }, at)}
        SELECT DISTINCT knowledge_base_id AS id FROM knowledge_right WHERE cause <> 'grant_to_everyone'`,
    ),
    await rows<{ id: KnowledgeBaseId }>(
      db,
      sql`${knowledgeRights({ forGood: [except] }, at)}
        SELECT DISTINCT knowledge_base_id AS id FROM knowledge_right WHERE level = ${LEVEL.manage}::int`,
    ),
  ];
  const theirs = new Set(managed.map(({ id }) => id));
  return opened.map(({ id }) => id).filter((id) => !theirs.has(id));
}
