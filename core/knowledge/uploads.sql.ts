import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';

export type KnownDocument = { id: string; name: string; versionId: string; version: number; stage: string };

/** Holds back other uploads of the same name to the same knowledge base until this transaction ends. */
export const lockName = (tx: Queryable, knowledgeBaseId: string, series: string): Promise<number> =>
  run(tx, sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${knowledgeBaseId} ${series}`}, 0))`);

export const knowledgeBaseIsThere = async (tx: Queryable, id: string): Promise<boolean> =>
  (await row(tx, sql`SELECT 1 FROM knowledge_base WHERE id = ${id} AND deleted_at IS NULL`)) !== null;

/** A document of the knowledge base that has exactly this content, now or as soon as it is ingested. */
export const sameContent = (tx: Queryable, knowledgeBaseId: string, sha256: Buffer): Promise<KnownDocument | null> =>
  row(
    tx,
    sql`SELECT d.id, d.name, v.id AS "versionId", v.version, v.stage
        FROM document_version v JOIN document d ON d.id = v.document_id
        WHERE v.sha256 = ${sha256} AND d.knowledge_base_id = ${knowledgeBaseId} AND d.deleted_at IS NULL
          AND v.stage NOT IN ('failed', 'superseded')
          AND v.version = (SELECT max(version) FROM document_version WHERE document_id = d.id AND stage <> 'failed')
        LIMIT 1`,
  );

/** The version of a document that had exactly this content once. */
export const hadContent = (tx: Queryable, documentId: string, sha256: Buffer): Promise<KnownDocument | null> =>
  row(
    tx,
    sql`SELECT d.id, v.file_name AS name, v.id AS "versionId", v.version, v.stage
        FROM document_version v JOIN document d ON d.id = v.document_id
        WHERE d.id = ${documentId} AND v.sha256 = ${sha256} AND v.stage = 'superseded' LIMIT 1`,
  );

/** The latest version of the document of this name, or of this id. */
export const latestOf = (
  tx: Queryable,
  knowledgeBaseId: string,
  by: { name: string } | { id: string },
): Promise<KnownDocument | null> =>
  row(
    tx,
    sql`SELECT d.id, d.name, v.id AS "versionId", v.version, v.stage
        FROM document d JOIN document_version v ON v.document_id = d.id
        WHERE d.knowledge_base_id = ${knowledgeBaseId} AND d.deleted_at IS NULL
          AND ${'id' in by ? sql`d.id = ${by.id}` : sql`lower(d.name) = lower(${by.name})`}
        ORDER BY v.version DESC LIMIT 1`,
  );

/** Documents of which a version's file name begins like this, with that file's name. */
export const namedLike = (
  tx: Queryable,
  knowledgeBaseId: string,
  before: string,
): Promise<(KnownDocument & { fileName: string })[]> =>
  rows(
    tx,
    sql`SELECT d.id, d.name, v.id AS "versionId", v.version, v.stage, v.file_name AS "fileName"
        FROM document d JOIN document_version v ON v.document_id = d.id
        WHERE d.knowledge_base_id = ${knowledgeBaseId} AND d.deleted_at IS NULL
          AND starts_with(lower(v.file_name), lower(${before}))
        ORDER BY v.version DESC`,
  );

export const insertDocument = (
  tx: Queryable,
  document: { id: string; knowledgeBaseId: string; name: string; personId: string | null },
): Promise<number> =>
  run(
    tx,
    sql`INSERT INTO document (id, knowledge_base_id, name, created_by)
        VALUES (${document.id}, ${document.knowledgeBaseId}, ${document.name}, ${document.personId})`,
  );

export type NewVersion = {
  id: string;
  documentId: string;
  version: number;
  fileName: string;
  sha256: Buffer;
  bytes: number;
  format: string;
  personId: string | null;
};

export const insertVersion = (tx: Queryable, version: NewVersion): Promise<number> =>
  run(
    tx,
    sql`INSERT INTO document_version (id, document_id, version, file_name, file_key, sha256, bytes, format, created_by)
        VALUES (${version.id}, ${version.documentId}, ${version.version}, ${version.fileName}, ${version.id},
                ${version.sha256}, ${version.bytes}, ${version.format}, ${version.personId})`,
  );
