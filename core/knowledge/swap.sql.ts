import type { KnowledgeBaseId, VersionId } from '../ids.ts';
import { row, run, sql, type Queryable } from '../storage/sql.ts';
import type { VersionToIngest } from './ingest.sql.ts';

export type BeforeSwap = {
  liveVersionId: VersionId | null;
  dimensions: number | null;
  partitioned: boolean;
  passages: number;
};

/** Holds the knowledge base: swaps come one after the other (they count the same terms), uploads and searches go on. */
export const holdKnowledgeBase = (tx: Queryable, id: KnowledgeBaseId): Promise<number> =>
  run(tx, sql`SELECT 1 FROM knowledge_base WHERE id = ${id} FOR NO KEY UPDATE`);

/** What the version finds, once the knowledge base and the version are held; null where it is not wanted any more. */
export const beforeSwap = (tx: Queryable, versionId: VersionId): Promise<BeforeSwap | null> =>
  row(
    tx,
    sql`SELECT d.live_version_id AS "liveVersionId", k.dimensions, k.partitioned, k.passage_count AS passages
        FROM document_version v
        JOIN document d ON d.id = v.document_id
        JOIN knowledge_base k ON k.id = d.knowledge_base_id
        WHERE v.id = ${versionId} AND v.stage NOT IN ('ready', 'failed', 'superseded')
          AND d.deleted_at IS NULL AND k.deleted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM document_version later
                          WHERE later.id = d.live_version_id AND later.version > v.version)
        FOR NO KEY UPDATE OF d, v`,
  );

/** The passages of a live version leave the searched ones, and the counts with them. */
export const demote = (tx: Queryable, knowledgeBaseId: KnowledgeBaseId, versionId: VersionId): Promise<number> =>
  run(
    tx,
    sql`WITH gone AS (
          DELETE FROM passage WHERE knowledge_base_id = ${knowledgeBaseId} AND version_id = ${versionId} RETURNING *
        ), kept AS (
          INSERT INTO passage_version
            (version_id, ordinal, id, knowledge_base_id, document_id, page, page_end, heading, text, rects, search, embedding)
          SELECT version_id, ordinal, id, knowledge_base_id, document_id, page, page_end, heading, text, rects, search, embedding
          FROM gone
        ), fewer AS (
          UPDATE passage_term t SET passages = t.passages - c.passages
          FROM (SELECT term, count(*)::int AS passages FROM gone, unnest(tsvector_to_array(search)) AS term GROUP BY term) c
          WHERE t.knowledge_base_id = ${knowledgeBaseId} AND t.term = c.term
        ), counted AS (
          UPDATE knowledge_base SET passage_count = passage_count - (SELECT count(*) FROM gone) WHERE id = ${knowledgeBaseId}
        )
        UPDATE document_version SET stage = 'superseded' WHERE id = ${versionId}`,
  );

/** The passages written beside become those that are searched. Gives how many they are. */
export async function promote(tx: Queryable, version: VersionToIngest, dimensions: number): Promise<number> {
  const promoted = await row<{ passages: number }>(
    tx,
    sql`WITH moved AS (
          DELETE FROM passage_version WHERE version_id = ${version.id} RETURNING *
        ), live AS (
          INSERT INTO passage
            (knowledge_base_id, id, document_id, version_id, ordinal, page, page_end, heading, text, rects, search, embedding)
          SELECT knowledge_base_id, id, document_id, version_id, ordinal, page, page_end, heading, text, rects, search, embedding
          FROM moved
        ), more AS (
          INSERT INTO passage_term AS t (knowledge_base_id, term, passages)
          SELECT ${version.knowledgeBaseId}::uuid, term, count(*)::int
          FROM moved, unnest(tsvector_to_array(search)) AS term GROUP BY term
          ON CONFLICT (knowledge_base_id, term) DO UPDATE SET passages = t.passages + excluded.passages
        ), counted AS (
          UPDATE knowledge_base
          SET passage_count = passage_count + (SELECT count(*) FROM moved), dimensions = ${dimensions}::int
          WHERE id = ${version.knowledgeBaseId}
        ), shown AS (
          -- It is called as its file, unless another document has that name by now.
          UPDATE document d SET live_version_id = ${version.id}::uuid,
            name = CASE WHEN EXISTS (SELECT 1 FROM document other
                                     WHERE other.knowledge_base_id = d.knowledge_base_id AND other.id <> d.id
                                       AND other.deleted_at IS NULL AND lower(other.name) = lower(${version.fileName}))
                        THEN d.name ELSE ${version.fileName} END
          WHERE d.id = ${version.documentId}
        )
        UPDATE document_version
        SET stage = 'ready', progress = 1, ready_at = now(), passages = (SELECT count(*) FROM moved)
        WHERE id = ${version.id} RETURNING passages`,
  );
  return promoted?.passages ?? 0;
}
