import type { KnowledgeBaseId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';

export type DocumentCounts = {
  knowledgeBaseId: KnowledgeBaseId;
  documents: number;
  unfinished: number;
  failed: number;
};

/** Documents of these knowledge bases by how their latest version stands; none for an empty one. */
export const countDocuments = (db: Queryable, within: readonly KnowledgeBaseId[]): Promise<DocumentCounts[]> =>
  rows(
    db,
    sql`SELECT d.knowledge_base_id AS "knowledgeBaseId", count(*)::int AS documents,
               count(*) FILTER (WHERE v.stage NOT IN ('ready', 'failed', 'superseded'))::int AS unfinished,
               count(*) FILTER (WHERE v.stage = 'failed')::int AS failed
        FROM document d
        JOIN LATERAL (SELECT stage FROM document_version WHERE document_id = d.id ORDER BY version DESC LIMIT 1) v ON true
        WHERE d.knowledge_base_id = ANY(${within}::uuid[]) AND d.deleted_at IS NULL GROUP BY 1`,
  );

/** Documents of a knowledge base that are on their way, the oldest first. */
export const unfinishedDocuments = async (db: Queryable, id: KnowledgeBaseId): Promise<string[]> => {
  const found = await rows<{ id: string }>(
    db,
    sql`SELECT DISTINCT d.id FROM document d JOIN document_version v ON v.document_id = d.id
        WHERE d.knowledge_base_id = ${id} AND d.deleted_at IS NULL AND v.stage NOT IN ('ready', 'failed', 'superseded')
        ORDER BY d.id`,
  );
  return found.map((each) => each.id);
};
