import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';
import type { Candidate } from './candidates.sql.ts';

export type PassageRow = {
  id: string;
  versionId: VersionId;
  documentId: DocumentId;
  documentName: string;
  version: number;
  ordinal: number;
  page: number | null;
  heading: string | null;
  text: string;
  /** Which of the lexemes asked for stand in its text, heading or title; of a chosen passage only. */
  held: string[];
};

/**
 * The chosen passages and those up to `reach` around each, by the knowledge bases in which they were found; of the chosen
 * ones also, what of `lexemes` stands in them.
 */
export function passagesAround(
  db: Queryable,
  chosen: readonly Pick<Candidate, 'id' | 'knowledgeBaseId' | 'versionId' | 'ordinal'>[],
  reach: number,
  lexemes: readonly string[],
): Promise<PassageRow[]> {
  const knowledgeBaseIds: readonly KnowledgeBaseId[] = [...new Set(chosen.map((each) => each.knowledgeBaseId))];
  const wanted = new Map<string, { versionId: VersionId; ordinal: number }>();
  for (const { versionId, ordinal } of chosen)
    for (let at = ordinal - reach; at <= ordinal + reach; at += 1)
      wanted.set(`${versionId} ${at}`, { versionId, ordinal: at });
  const places = [...wanted.values()];
  return rows(
    db,
    sql`SELECT p.id, p.version_id AS "versionId", p.document_id AS "documentId", v.file_name AS "documentName", v.version,
               p.ordinal, p.page, p.heading, p.text,
               CASE WHEN p.id = ANY(${chosen.map(({ id }) => id)}::uuid[])
                    THEN ARRAY(SELECT w.lexeme FROM unnest(p.search) AS w WHERE w.lexeme = ANY(${lexemes}::text[]))
                    ELSE '{}' END AS held
        FROM passage p
        JOIN document_version v ON v.id = p.version_id
        WHERE p.knowledge_base_id = ANY(${knowledgeBaseIds}::uuid[])
          AND p.version_id = ANY(${[...new Set(places.map((place) => place.versionId))]}::uuid[])
          AND (p.version_id, p.ordinal) IN (SELECT * FROM unnest(${places.map((place) => place.versionId)}::uuid[], ${places.map((place) => place.ordinal)}::int[]))`,
  );
}
