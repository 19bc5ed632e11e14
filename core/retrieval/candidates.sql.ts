import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { rows, sql, type Queryable, type Statement } from '../storage/sql.ts';
import { quoted } from './search-text.ts';
import type { Term } from './terms.ts';
import { vectorBytes } from './vector-bytes.ts';

/** `cosine`: -1 to 1. `keywords`: the weighted sum over the terms, 0 where none stands in it. */
export type Candidate = {
  id: string;
  knowledgeBaseId: KnowledgeBaseId;
  documentId: DocumentId;
  versionId: VersionId;
  ordinal: number;
  cosine: number;
  keywords: number;
  /** Weight of the terms that it holds. */
  covered: number;
};

/** Weights of text, heading and title when a term stands there (D, C, B, A). */
const PLACES = '{1, 1, 0.8, 0.6}';

const inHalf = (dimensions: number): Statement => HALF[dimensions] ?? (HALF[dimensions] = verbatimCast(dimensions));
const HALF: Record<number, Statement> = {};
function verbatimCast(dimensions: number): Statement {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 16_000)
    throw new RangeError('no number of dimensions');
  const text = `halfvec(${dimensions})`;
  return sql(Object.assign([text], { raw: [text] }));
}

/**
 * The nearest passages by vector and the best by terms, each with both measures; at most 2 x `limit`, in no order, some
 * twice. The scope stands in both parts, before any limit. One statement without a name, so that it is planned with the
 * ids it is given, and only their partitions are touched.
 */
export function candidates(
  db: Queryable,
  knowledgeBaseIds: readonly KnowledgeBaseId[],
  question: { vector: Float32Array; terms: readonly Term[] },
  limit: number,
): Promise<Candidate[]> {
  const vector = sql`${vectorBytes(question.vector)}::vector`;
  const half = inHalf(question.vector.length);
  const columns = sql`p.id, p.knowledge_base_id, p.document_id, p.version_id, p.ordinal, p.embedding, p.search`;
  const scope = sql`p.knowledge_base_id = ANY(${knowledgeBaseIds}::uuid[])`;
  const near = sql`(SELECT ${columns} FROM passage p WHERE ${scope}
    ORDER BY p.embedding::${half} <=> ${vector}::${half} LIMIT ${limit})`;
  const score = (row: Statement) =>
    sumOf(
      question.terms.map(
        (term) => sql`${term.weight}::float8 * ts_rank(${PLACES}::real[], ${row}, ${queryOf([term])}::tsquery, 1)`,
      ),
    );
  const matched = sql`(SELECT ${columns} FROM passage p WHERE ${scope} AND p.search @@ ${queryOf(question.terms)}::tsquery
    ORDER BY ${score(sql`p.search`)} DESC LIMIT ${limit})`;
  const both = question.terms.length === 0 ? near : sql`${near} UNION ALL ${matched}`;
  return rows(
    db,
    sql`SELECT c.id, c.knowledge_base_id AS "knowledgeBaseId", c.document_id AS "documentId", c.version_id AS "versionId",
               c.ordinal, 1 - (c.embedding <=> ${vector}) AS cosine, ${score(sql`c.search`)} AS keywords,
               ${sumOf(question.terms.map((term) => sql`CASE WHEN c.search @@ ${queryOf([term])}::tsquery THEN ${term.weight}::float8 ELSE 0 END`))} AS covered
        FROM (${both}) c`,
  );
}

const queryOf = (terms: readonly Term[]): string => terms.flatMap((term) => term.lexemes.map(quoted)).join(' | ');

const sumOf = (parts: readonly Statement[]): Statement =>
  parts.reduce<Statement>((sum, part) => sql`${sum} + ${part}`, sql`0::float8`);
