import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { prepared, rows, sql, type Queryable } from '../storage/sql.ts';
import type { Level } from './levels.ts';
import { knowledgeRights, modelRights, type Subjects } from './rules.sql.ts';

/** The knowledge bases that one person may read. */
export async function readableBy(db: Queryable, person: PersonId, at: Date): Promise<KnowledgeBaseId[]> {
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    prepared(
      sql`${knowledgeRights([person], at)} SELECT DISTINCT knowledge_base_id AS id FROM knowledge_right ORDER BY 1`,
    ),
  );
  return found.map((each) => each.id);
}

/**
 * What each of these people may read; nothing as soon as one of them does not count (deactivated, pending, unknown). Only what
 * the first of them reads is looked at for the others, and what is granted to everyone once for all.
 */
export async function readableByAll(db: Queryable, people: readonly PersonId[], at: Date): Promise<KnowledgeBaseId[]> {
  const distinct = [...new Set(people)];
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    sql`${knowledgeRights(distinct, at)}
      SELECT knowledge_base_id AS id FROM (
        SELECT DISTINCT knowledge_base_id, person_id FROM knowledge_right
        WHERE cause <> 'grant_to_everyone' AND knowledge_base_id IN (
          SELECT knowledge_base_id FROM knowledge_right WHERE person_id = ${distinct[0]})) theirs
      GROUP BY knowledge_base_id HAVING count(*) = ${distinct.length}::int
      UNION
      SELECT knowledge_base_id FROM knowledge_right
      WHERE cause = 'grant_to_everyone' AND person_id = (SELECT person_id FROM standing LIMIT 1)
        AND (SELECT count(*) FROM standing) = ${distinct.length}::int ORDER BY 1`,
  );
  return found.map((each) => each.id);
}

/** What is granted to everyone, which is all that somebody unknown may count on. */
export async function readableByEveryone(db: Queryable, at: Date): Promise<KnowledgeBaseId[]> {
  const found = await rows<{ id: KnowledgeBaseId }>(
    db,
    sql`${knowledgeRights({ memberOf: null }, at)} SELECT DISTINCT knowledge_base_id AS id FROM knowledge_right ORDER BY 1`,
  );
  return found.map((each) => each.id);
}

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

/** The knowledge bases that they may use, with the highest level they hold on each, by name. */
export async function knowledgeBasesOf(db: Queryable, subjects: Subjects, at: Date): Promise<VisibleKnowledgeBase[]> {
  return rows<VisibleKnowledgeBase>(
    db,
    sql`${knowledgeRights(subjects, at)},
      held AS (SELECT knowledge_base_id, max(level) AS level FROM knowledge_right GROUP BY 1)
      SELECT k.id, k.name, k.description, k.notice, h.level, k.discoverable, k.passage_count AS passages,
             k.from_sample AS "fromSample",
             (SELECT count(*)::int FROM document d WHERE d.knowledge_base_id = k.id AND d.deleted_at IS NULL) AS documents
      FROM held h JOIN knowledge_base k ON k.id = h.knowledge_base_id ORDER BY lower(k.name), k.id`,
  );
}

/** The chat models that they may use, by name. */
export const usableModels = (db: Queryable, subjects: Subjects, at: Date): Promise<{ id: string; name: string }[]> =>
  rows(
    db,
    sql`${modelRights(subjects, at)}
      SELECT DISTINCT m.id, m.name FROM model_right r JOIN model m ON m.id = r.model_id AND m.kind = 'chat' ORDER BY m.name, m.id`,
  );
