import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import { rows, type Queryable } from '../storage/sql.ts';
import { quoted } from './search-text.ts';
import type { Terms } from './terms.ts';
import { vectorBytes } from './vector-bytes.ts';

/** `cosine`: -1 to 1. `keywords`: the sum over the terms of weight times rank (0 to 1), 0 where none stands in it. */
export type Candidate = {
  id: string;
  knowledgeBaseId: KnowledgeBaseId;
  documentId: DocumentId;
  versionId: VersionId;
  ordinal: number;
  cosine: number;
  keywords: number;
};

/** The scope, by how near passages are found in it: through an index in half precision, or by looking at each. */
export type SearchedIn = Readonly<{ indexed: readonly KnowledgeBaseId[]; exact: readonly KnowledgeBaseId[] }>;

/** What a term's standing in text, heading or title counts (D, C, B, A). Chosen with the fusion. */
const PLACES = `'{1, 1, 1, 0.5}'::real[]`;

/**
 * The nearest passages by vector and the best by terms, each once with both measures, in no order; at most `limit` by each
 * way. The scope stands in each part, before any limit. One statement without a name, so that it is planned with
 * the ids it is given, and only their partitions are touched. `matched` finds, `ranked` orders what was found.
 */
export function candidates(
  db: Queryable,
  scope: SearchedIn,
  question: { vector: Float32Array; terms: Pick<Terms, 'matched' | 'ranked'> },
  limit: number,
): Promise<Candidate[]> {
  const values: unknown[] = [];
  const bound = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const vector = bound(vectorBytes(question.vector), 'vector');
  const most = bound(limit, 'int');
  const half = `halfvec(${Math.trunc(question.vector.length)})`;

  const matched = question.terms.matched.flatMap((term) => term.lexemes);
  // Each lexeme by itself: ts_rank shares a query's rank among its lexemes, and a word's several forms are not its fault.
  const ranks = question.terms.ranked.flatMap(({ lexemes, weight }) => {
    const factor = bound(weight, 'float8');
    return lexemes.map((lexeme) => ({ factor, query: bound(quoted(lexeme), 'tsquery') }));
  });
  const score = (search: string): string =>
    ranks.map(({ factor, query }) => `${factor} * ts_rank(${PLACES}, ${search}, ${query})`).join(' + ') || '0::float8';

  // Ids alone go through the sorts: with its vector and its words a row costs more to carry than to measure.
  const part = (ids: readonly KnowledgeBaseId[], order: string, where = ''): string =>
    `(SELECT p.knowledge_base_id, p.id FROM passage p
      WHERE p.knowledge_base_id = ANY(${bound(ids, 'uuid[]')})${where} ORDER BY ${order} LIMIT ${most})`;
  const all = [...scope.indexed, ...scope.exact];
  const parts = [
    ...(scope.indexed.length > 0 ? [part(scope.indexed, `p.embedding::${half} <=> ${vector}::${half}`)] : []),
    // Vectors are of unit length: the inner product orders them as the cosine does, in half the time.
    ...(scope.exact.length > 0 ? [part(scope.exact, `p.embedding <#> ${vector}`)] : []),
    ...(matched.length > 0
      ? [
          part(
            all,
            `${score('p.search')} DESC`,
            ` AND p.search @@ ${bound(matched.map(quoted).join(' | '), 'tsquery')}`,
          ),
        ]
      : []),
  ];
  // The inner LIMIT keeps the planner from reading the partitions whole to join them.
  const text = `SELECT p.id, p.knowledge_base_id AS "knowledgeBaseId", p.document_id AS "documentId", p.version_id AS "versionId",
      p.ordinal, 1 - (p.embedding <=> ${vector}) AS cosine, ${score('p.search')} AS keywords
    FROM (${parts.join(' UNION ')}) f
    JOIN LATERAL (SELECT * FROM passage WHERE knowledge_base_id = f.knowledge_base_id AND id = f.id
                  AND knowledge_base_id = ANY(${bound(all, 'uuid[]')}) LIMIT 1) p ON true`;
  return rows(db, { text, values });
}
