import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';

/** The document as it was, now deleted; null where there is none within these knowledge bases. */
export const markDeleted = (
  tx: Queryable,
  knowledgeBaseIds: readonly KnowledgeBaseId[],
  id: DocumentId,
): Promise<{ knowledgeBaseId: KnowledgeBaseId; liveVersionId: VersionId | null } | null> =>
  row(
    tx,
    sql`WITH held AS (
          -- The knowledge base first, as a swap holds it: so the two never wait for each other in a circle.
          SELECT k.id FROM knowledge_base k
          WHERE k.id = (SELECT knowledge_base_id FROM document WHERE id = ${id}) FOR NO KEY UPDATE
        )
        UPDATE document d SET deleted_at = now() FROM held
        WHERE d.id = ${id} AND d.knowledge_base_id = held.id AND d.knowledge_base_id = ANY(${knowledgeBaseIds}::uuid[]) AND d.deleted_at IS NULL
        RETURNING d.knowledge_base_id AS "knowledgeBaseId", d.live_version_id AS "liveVersionId"`,
  );

export type VersionOfDeleted = {
  id: VersionId;
  knowledgeBaseId: KnowledgeBaseId;
  fileName: string;
  fileKey: string;
  embeddingModel: string;
};

/** Versions of a document that is deleted, by itself or with its knowledge base; none of one that is not. */
export const versionsOfDeleted = (db: Queryable, id: DocumentId): Promise<VersionOfDeleted[]> =>
  rows(
    db,
    sql`SELECT v.id, k.id AS "knowledgeBaseId", v.file_name AS "fileName", v.file_key AS "fileKey", k.embedding_model AS "embeddingModel"
        FROM document_version v
        JOIN document d ON d.id = v.document_id
        JOIN knowledge_base k ON k.id = d.knowledge_base_id
        WHERE d.id = ${id} AND (d.deleted_at IS NOT NULL OR k.deleted_at IS NOT NULL)`,
  );

/** The texts of a version, live or beside, from this ordinal on. */
export const textsOf = (
  db: Queryable,
  version: VersionOfDeleted,
  from: number,
  limit: number,
): Promise<{ heading: string | null; text: string }[]> => {
  const wanted = sql`version_id = ${version.id} AND ordinal >= ${from} AND ordinal < ${from + limit}`;
  return rows(
    db,
    sql`SELECT heading, text FROM passage_version WHERE ${wanted}
        UNION ALL SELECT heading, text FROM passage WHERE knowledge_base_id = ${version.knowledgeBaseId} AND ${wanted}`,
  );
};

/** Another document with the very same text has its vector with its passages; only its next version asks the model again. */
export const forgetVectors = (db: Queryable, model: string, hashes: readonly Buffer[]): Promise<number> =>
  run(db, sql`DELETE FROM embedding_cache WHERE model = ${model} AND text_hash = ANY(${hashes}::bytea[])`);

/** Its versions and the passages beside go with it. */
export const removeDocument = (db: Queryable, id: DocumentId): Promise<number> =>
  run(
    db,
    sql`DELETE FROM document d USING knowledge_base k
        WHERE d.id = ${id} AND k.id = d.knowledge_base_id AND (d.deleted_at IS NOT NULL OR k.deleted_at IS NOT NULL)`,
  );
