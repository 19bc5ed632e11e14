import type { AppError } from '../errors.ts';
import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { row, run, sql, type Queryable } from '../storage/sql.ts';

export type VersionToIngest = {
  id: VersionId;
  version: number;
  documentId: DocumentId;
  knowledgeBaseId: KnowledgeBaseId;
  fileName: string;
  fileKey: string;
  embeddingModel: string;
};

/** The version, if it still has to be ingested: not done, not deleted, not overtaken by a later one that is live. */
export const versionToIngest = (db: Queryable, id: VersionId): Promise<VersionToIngest | null> =>
  row(
    db,
    sql`SELECT v.id, v.version, d.id AS "documentId", k.id AS "knowledgeBaseId", v.file_name AS "fileName",
               v.file_key AS "fileKey", k.embedding_model AS "embeddingModel"
        FROM document_version v
        JOIN document d ON d.id = v.document_id AND d.deleted_at IS NULL
        JOIN knowledge_base k ON k.id = d.knowledge_base_id AND k.deleted_at IS NULL
        LEFT JOIN document_version live ON live.id = d.live_version_id
        WHERE v.id = ${id} AND v.stage NOT IN ('ready', 'failed', 'superseded') AND coalesce(live.version, 0) < v.version`,
  );

/** A version that a later one overtook before it was ready will not be ingested any more. */
export const settleOvertaken = (db: Queryable, id: VersionId): Promise<number> =>
  run(
    db,
    sql`WITH gone AS (DELETE FROM passage_version WHERE version_id = (SELECT v.id FROM document_version v
            JOIN document d ON d.id = v.document_id JOIN document_version live ON live.id = d.live_version_id
            WHERE v.id = ${id} AND live.version > v.version AND v.stage NOT IN ('ready', 'failed', 'superseded')))
        UPDATE document_version v SET stage = 'superseded'
        FROM document d JOIN document_version live ON live.id = d.live_version_id
        WHERE v.id = ${id} AND d.id = v.document_id AND live.version > v.version
          AND v.stage NOT IN ('ready', 'failed', 'superseded')`,
  );

export type StageChange = {
  stage: 'extracting' | 'chunking' | 'embedding' | 'indexing';
  progress: number;
  pages?: number | null;
  passages?: number;
  language?: string | null;
};

/** How far a version is; 0 where it is no longer wanted. A try that goes on wipes what the last one failed of. */
export const setStage = (db: Queryable, id: VersionId, change: StageChange): Promise<number> =>
  run(
    db,
    sql`UPDATE document_version v
        SET stage = ${change.stage}, progress = ${change.progress}, error_code = NULL, error = NULL,
            pages = coalesce(${change.pages ?? null}::int, v.pages),
            passages = coalesce(${change.passages ?? null}::int, v.passages),
            language = coalesce(${change.language ?? null}::text, v.language)
        FROM document d, knowledge_base k
        WHERE v.id = ${id} AND d.id = v.document_id AND d.deleted_at IS NULL
          AND k.id = d.knowledge_base_id AND k.deleted_at IS NULL
          AND v.stage NOT IN ('ready', 'failed', 'superseded')`,
  );

/** Why it does not go on: for good, or until the next try, which the owner sees, too. */
export const noteError = (db: Queryable, id: VersionId, error: AppError, final: boolean): Promise<number> =>
  run(
    db,
    sql`UPDATE document_version
        SET stage = CASE WHEN ${final}::boolean THEN 'failed' ELSE stage END, error_code = ${error.code}, error = ${error.message}
        WHERE id = ${id} AND stage NOT IN ('ready', 'failed', 'superseded')`,
  );

/**
 * Holds a version that still has to be ingested and takes away what an earlier try wrote beside; false where it is not
 * wanted any more. Whoever holds it writes all its passages in the same transaction: a swap moves a whole version or none.
 */
export async function holdBeside(tx: Queryable, versionId: VersionId): Promise<boolean> {
  const held = await run(
    tx,
    sql`SELECT 1 FROM document_version WHERE id = ${versionId} AND stage NOT IN ('ready', 'failed', 'superseded')
        FOR NO KEY UPDATE`,
  );
  if (held > 0) await run(tx, sql`DELETE FROM passage_version WHERE version_id = ${versionId}`);
  return held > 0;
}

export type PassageToWrite = {
  id: string;
  ordinal: number;
  page: number | null;
  pageEnd: number | null;
  heading: string | null;
  text: string;
  rects: unknown;
  search: string;
  /** Of the text that was embedded, in hexadecimal. */
  hash: string;
};

/** Writes passages of a version that is not live, each with its vector from the cache. Gives how many had one. */
export const writeBeside = (
  db: Queryable,
  version: VersionToIngest,
  passages: readonly PassageToWrite[],
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO passage_version
          (version_id, ordinal, id, knowledge_base_id, document_id, page, page_end, heading, text, rects, search, embedding)
        SELECT ${version.id}::uuid, p.ordinal, p.id, ${version.knowledgeBaseId}::uuid, ${version.documentId}::uuid,
               p.page, p."pageEnd", p.heading, p.text, p.rects, p.search::tsvector, c.embedding
        FROM jsonb_to_recordset(${JSON.stringify(passages)}::jsonb)
          AS p(id uuid, ordinal int, page int, "pageEnd" int, heading text, text text, rects jsonb, search text, hash text)
        JOIN embedding_cache c ON c.model = ${version.embeddingModel} AND c.text_hash = decode(p.hash, 'hex')`,
  );
