import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { row, rows, sql, type Queryable } from '../storage/sql.ts';

type StoredRect = readonly [page: number, left: number, top: number, right: number, bottom: number];

export type PlacedRow = {
  id: string;
  ordinal: number;
  page: number | null;
  pageEnd: number | null;
  heading: string | null;
  text: string;
  rects: readonly StoredRect[] | null;
};

export type FoundRow = PlacedRow & {
  documentId: DocumentId;
  versionId: VersionId;
  version: number;
  fileName: string;
  format: string;
  pages: number | null;
  knowledgeBaseId: KnowledgeBaseId;
  knowledgeBaseName: string;
  superseded: boolean;
};

const columns = sql`p.id, p.ordinal, p.page, p.page_end AS "pageEnd", p.heading, p.text, p.rects`;

/** A passage of a live or a superseded version within these knowledge bases; never one that is still being built. */
export const passageById = (db: Queryable, within: readonly KnowledgeBaseId[], id: string): Promise<FoundRow | null> =>
  row(
    db,
    sql`WITH p AS (
          SELECT id, ordinal, page, page_end, heading, text, rects, document_id, version_id
          FROM passage WHERE knowledge_base_id = ANY(${within}::uuid[]) AND id = ${id}
          UNION ALL
          SELECT b.id, b.ordinal, b.page, b.page_end, b.heading, b.text, b.rects, b.document_id, b.version_id
          FROM document_version v JOIN passage_version b ON b.version_id = v.id
          WHERE v.stage = 'superseded' AND b.knowledge_base_id = ANY(${within}::uuid[]) AND b.id = ${id}
          LIMIT 1
        )
        SELECT ${columns}, v.id AS "versionId", v.version, v.file_name AS "fileName", v.format, v.pages,
               d.id AS "documentId", k.id AS "knowledgeBaseId", k.name AS "knowledgeBaseName",
               v.stage = 'superseded' AS superseded
        FROM p
        JOIN document_version v ON v.id = p.version_id
        JOIN document d ON d.id = p.document_id AND d.deleted_at IS NULL
        JOIN knowledge_base k ON k.id = d.knowledge_base_id AND k.deleted_at IS NULL`,
  );

/** The passages of the same version, `reach` before and after. */
export const neighboursOf = (db: Queryable, found: FoundRow, reach: number): Promise<PlacedRow[]> => {
  const within = sql`p.knowledge_base_id = ${found.knowledgeBaseId} AND p.version_id = ${found.versionId}
    AND p.ordinal BETWEEN ${found.ordinal - reach} AND ${found.ordinal + reach} AND p.ordinal <> ${found.ordinal}`;
  return found.superseded
    ? rows(db, sql`SELECT ${columns} FROM passage_version p WHERE ${within} ORDER BY p.ordinal`)
    : rows(db, sql`SELECT ${columns} FROM passage p WHERE ${within} ORDER BY p.ordinal`);
};

/** Null where the document has no such page, or is not within these knowledge bases. */
export async function passagesOnPage(
  db: Queryable,
  within: readonly KnowledgeBaseId[],
  documentId: DocumentId,
  page: number,
): Promise<{ pages: number | null; passages: PlacedRow[] } | null> {
  const document = await row<{ knowledgeBaseId: KnowledgeBaseId; versionId: VersionId; pages: number | null }>(
    db,
    sql`SELECT d.knowledge_base_id AS "knowledgeBaseId", v.id AS "versionId", v.pages
        FROM document d JOIN document_version v ON v.id = d.live_version_id
        WHERE d.id = ${documentId} AND d.deleted_at IS NULL AND d.knowledge_base_id = ANY(${within}::uuid[])`,
  );
  if (!document || document.pages === null || page > document.pages) return null;
  const passages = await rows<PlacedRow>(
    db,
    sql`SELECT ${columns} FROM passage p
        WHERE p.knowledge_base_id = ${document.knowledgeBaseId} AND p.version_id = ${document.versionId}
          AND p.page <= ${page} AND coalesce(p.page_end, p.page) >= ${page}
        ORDER BY p.ordinal`,
  );
  return { pages: document.pages, passages };
}
