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
 * The nearest passages by vector and the best by terms, each with both measures, in no order; at most `limit` by each way,
 * some twice. The scope stands in each part, before any limit. One statement without a name, so that it is planned with
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

  // Each lexeme by itself: ts_rank shares a query's rank among its lexemes, and a word's several forms are not its fault.
  const ranks = question.terms.ranked.flatMap(({ lexemes, weight }) => {
    const factor = bound(weight, 'float8');
    return lexemes.map((lexeme) => `${factor} * ts_rank(${PLACES}, search, ${bound(quoted(lexeme), 'tsquery')})`);
  });
  const score = ranks.join(' + ') || '0::float8';
  // What is carried through a sort costs: the words only where they are asked for, the vector never.
  const columns = `id, knowledge_base_id, document_id, version_id, ordinal${ranks.length > 0 ? ', search' : ''}`;
  const part = (
    ids: readonly KnowledgeBaseId[],
    distance: string,
    cosine: string,
    where = '',
    order = 'distance',
  ): string =>
    `(SELECT ${columns}, ${cosine} AS cosine FROM (
        SELECT ${columns}, ${distance} AS distance FROM passage
        WHERE knowledge_base_id = ANY(${bound(ids, 'uuid[]')})${where} ORDER BY ${order} LIMIT ${most}) p)`;
  // Vectors are of unit length: the inner product is the cosine, in half the time.
  const product = `embedding <#> ${vector}`;
  const matched = question.terms.matched.flatMap((term) => term.lexemes.map(quoted)).join(' | ');
  const parts = [
    ...(scope.indexed.length > 0
      ? [part(scope.indexed, `embedding::${half} <=> ${vector}::${half}`, '1 - distance')]
      : []),
    ...(scope.exact.length > 0 ? [part(scope.exact, product, '-distance')] : []),
    ...(matched === ''
      ? []
      : [
          part(
            [...scope.indexed, ...scope.exact],
            product,
            '-distance',
            ` AND search @@ ${bound(matched, 'tsquery')}`,
            `${score} DESC`,
          ),
        ]),
  ];
  const text = `SELECT id, knowledge_base_id AS "knowledgeBaseId", document_id AS "documentId", version_id AS "versionId",
      ordinal, cosine, ${score} AS keywords FROM (${parts.join(' UNION ALL ')}) c`;
  return rows(db, { text, values });
}
