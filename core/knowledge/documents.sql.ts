import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

export type DocumentRow = {
  id: DocumentId;
  name: string;
  knowledgeBaseId: KnowledgeBaseId;
  version: number;
  versionId: VersionId;
  stage: 'queued' | 'extracting' | 'chunking' | 'embedding' | 'indexing' | 'ready' | 'failed';
  progress: number;
  pages: number | null;
  passages: number | null;
  format: string;
  bytes: number;
  createdAt: Date;
  liveVersion: number | null;
  errorCode: string | null;
  errorMessage: string | null;
};

const select = (where: Statement): Statement =>
  sql`SELECT d.id, d.name, d.knowledge_base_id AS "knowledgeBaseId", v.version, v.id AS "versionId", v.stage,
             v.progress, v.pages, v.passages, v.format, v.bytes::float8 AS bytes, v.created_at AS "createdAt",
             nullif(live.version, v.version) AS "liveVersion", v.error_code AS "errorCode", v.error AS "errorMessage"
      FROM document d
      JOIN LATERAL (SELECT * FROM document_version WHERE document_id = d.id ORDER BY version DESC LIMIT 1) v ON true
      LEFT JOIN document_version live ON live.id = d.live_version_id
      WHERE d.deleted_at IS NULL AND ${where}`;

export const documentById = (
  db: Queryable,
  within: readonly KnowledgeBaseId[],
  id: DocumentId,
): Promise<DocumentRow | null> => row(db, select(sql`d.id = ${id} AND d.knowledge_base_id = ANY(${within}::uuid[])`));

export const documentsById = (
  db: Queryable,
  within: readonly KnowledgeBaseId[],
  ids: readonly DocumentId[],
): Promise<DocumentRow[]> =>
  rows(db, select(sql`d.id = ANY(${ids}::uuid[]) AND d.knowledge_base_id = ANY(${within}::uuid[])`));

/** By name, after the one given. */
export const documentsOf = (
  db: Queryable,
  knowledgeBaseId: KnowledgeBaseId,
  after: { name: string; id: DocumentId } | null,
  limit: number,
): Promise<DocumentRow[]> =>
  rows(
    db,
    sql`${select(
      sql`d.knowledge_base_id = ${knowledgeBaseId} AND ${
        after === null ? sql`true` : sql`(lower(d.name), d.id) > (lower(${after.name}), ${after.id}::uuid)`
      }`,
    )} ORDER BY lower(d.name), d.id LIMIT ${limit}`,
  );

/** A failed version starts anew; 0 where it has not failed. */
export const queueAgain = (tx: Queryable, id: VersionId): Promise<number> =>
  run(
    tx,
    sql`UPDATE document_version SET stage = 'queued', progress = 0, error_code = NULL, error = NULL
        WHERE id = ${id} AND stage = 'failed'`,
  );

export const versionOpen = (
  db: Queryable,
  within: readonly KnowledgeBaseId[],
  id: DocumentId,
): Promise<{ fileKey: string; name: string; format: string; bytes: number } | null> =>
  row(
    db,
    sql`SELECT v.file_key AS "fileKey", v.file_name AS name, v.format, v.bytes::float8 AS bytes
        FROM document d JOIN document_version v ON v.id = d.live_version_id
        WHERE d.id = ${id} AND d.deleted_at IS NULL AND d.knowledge_base_id = ANY(${within}::uuid[])`,
  );

export type VersionState = {
  id: VersionId;
  stage: DocumentRow['stage'] | 'superseded';
  passages: number | null;
  error: string | null;
};

/** How versions stand, for the operator who uploaded them. */
export const versionsById = (db: Queryable, ids: readonly VersionId[]): Promise<VersionState[]> =>
  rows(
    db,
    sql`SELECT v.id, v.stage, v.passages, v.error FROM document_version v JOIN document d ON d.id = v.document_id
        WHERE v.id = ANY(${ids}::uuid[]) AND d.deleted_at IS NULL`,
  );

/** How many versions of a knowledge base are still on their way. */
export const unfinishedVersions = async (db: Queryable, knowledgeBaseId: KnowledgeBaseId): Promise<number> =>
  (
    await row<{ count: number }>(
      db,
      sql`SELECT count(*)::int AS count FROM document_version v JOIN document d ON d.id = v.document_id
          WHERE d.knowledge_base_id = ${knowledgeBaseId} AND v.stage NOT IN ('ready', 'failed', 'superseded')`,
    )
  )?.count ?? 0;
