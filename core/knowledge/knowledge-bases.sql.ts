import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';
import type { AnswerPolicy } from './answer-policy.ts';

export type NewKnowledgeBase = {
  id: KnowledgeBaseId;
  name: string;
  description: string;
  ownerKind: 'person' | 'group';
  ownerId: string;
  creatorId: PersonId | null;
  embeddingModel: string;
  answerPolicy: AnswerPolicy;
  notice: string;
  discoverable: boolean;
  fromSample: boolean;
};

/** 0 where the name is taken. */
export const insertKnowledgeBase = (db: Queryable, k: NewKnowledgeBase): Promise<number> =>
  run(
    db,
    sql`INSERT INTO knowledge_base (id, name, description, owner_kind, owner_id, creator_id, embedding_model,
                                    answer_policy, notice, discoverable, from_sample)
        VALUES (${k.id}, ${k.name}, ${k.description}, ${k.ownerKind}, ${k.ownerId}, ${k.creatorId}, ${k.embeddingModel},
                ${k.answerPolicy}, ${k.notice}, ${k.discoverable}, ${k.fromSample})
        ON CONFLICT DO NOTHING`,
  );

export const partitionOf = (
  db: Queryable,
  id: KnowledgeBaseId,
): Promise<{ partitioned: boolean; dimensions: number | null } | null> =>
  row(db, sql`SELECT partitioned, dimensions FROM knowledge_base WHERE id = ${id} AND deleted_at IS NULL`);

/** From now on nothing reads it. 0 where there is none. */
export const markDeleted = (tx: Queryable, id: KnowledgeBaseId): Promise<number> =>
  run(tx, sql`UPDATE knowledge_base SET deleted_at = now() WHERE id = ${id} AND deleted_at IS NULL`);

export const isMarkedDeleted = async (db: Queryable, id: KnowledgeBaseId): Promise<boolean> =>
  (await row(db, sql`SELECT 1 FROM knowledge_base WHERE id = ${id} AND deleted_at IS NOT NULL`)) !== null;

export const documentIdsOf = async (db: Queryable, id: KnowledgeBaseId): Promise<string[]> =>
  (await rows<{ id: string }>(db, sql`SELECT id FROM document WHERE knowledge_base_id = ${id}`)).map((d) => d.id);

/** What is left of it, when passages, documents and files are gone. */
export async function removeKnowledgeBase(tx: Queryable, id: KnowledgeBaseId): Promise<void> {
  await run(tx, sql`DELETE FROM passage_term WHERE knowledge_base_id = ${id}`);
  await run(tx, sql`DELETE FROM access_grant WHERE resource_kind = 'knowledge_base' AND resource_id = ${id}`);
  await run(tx, sql`DELETE FROM knowledge_base WHERE id = ${id} AND deleted_at IS NOT NULL`);
}

/** By its name, whatever the case of its letters. */
export const knowledgeBaseNamed = (
  db: Queryable,
  name: string,
): Promise<{ id: KnowledgeBaseId; name: string } | null> =>
  row(db, sql`SELECT id, name FROM knowledge_base WHERE lower(name) = lower(${name}) AND deleted_at IS NULL`);
