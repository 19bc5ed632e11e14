import type { KnowledgeBaseId } from '../ids.ts';
import type { Word } from './words.ts';
import { prepared, row, sql, type Queryable } from '../storage/sql.ts';

/** What each dictionary makes of a word of the question; `lexemes` empty: a stop word there. */
export type Variant = { word: string; dictionary: string; lexemes: string[] };

export type SearchedKnowledgeBase = {
  id: KnowledgeBaseId;
  name: string;
  embeddingModel: string;
  passages: number;
  /** Whether its partition has a vector index that is ready. */
  indexed: boolean;
};

export type Preparation = {
  knowledgeBases: SearchedKnowledgeBase[];
  variants: Variant[];
  /** In how many passages of these knowledge bases, and of no others, a lexeme stands. */
  counts: { term: string; passages: number }[];
};

/**
 * Everything a search has to know before it looks for passages, in one round trip. Lists stand in subqueries so that their
 * length does not show in the plan's cost: else PostgreSQL plans anew at each question, which takes longer than to answer.
 */
export async function prepare(
  db: Queryable,
  knowledgeBaseIds: readonly KnowledgeBaseId[],
  words: readonly Word[],
  dictionaries: readonly string[],
): Promise<Preparation> {
  const found = await row<Preparation>(
    db,
    prepared(sql`WITH scope AS (
          SELECT k.id, k.name, k.embedding_model, k.passage_count, coalesce(i.indisvalid, false) AS indexed
          FROM knowledge_base k
          LEFT JOIN pg_class c ON c.relnamespace = 'passages'::regnamespace
            AND c.relname = 'kb_' || replace(k.id::text, '-', '') || '_near'
          LEFT JOIN pg_index i ON i.indexrelid = c.oid
          WHERE k.id = ANY(ARRAY(SELECT unnest(${knowledgeBaseIds}::uuid[]))) AND k.deleted_at IS NULL AND k.passage_count > 0
        ), variant AS MATERIALIZED (
          SELECT word, dictionary,
                 CASE WHEN ts_lexize(dictionary::regdictionary, spelled) = '{}' THEN '{}'
                      ELSE coalesce(ts_lexize(dictionary::regdictionary, word), ARRAY[word]) END AS lexemes
          FROM unnest((SELECT ${words.map(({ word }) => word)}::text[]),
                      (SELECT ${words.map(({ spelled }) => spelled)}::text[])) AS w(word, spelled),
               unnest((SELECT ${dictionaries}::text[])) AS dictionary
        ), count AS (
          SELECT term, sum(passages)::int AS passages FROM passage_term
          WHERE knowledge_base_id = ANY(ARRAY(SELECT unnest(${knowledgeBaseIds}::uuid[])))
            AND term = ANY(ARRAY(SELECT DISTINCT unnest(lexemes) FROM variant)) AND passages > 0
          GROUP BY term
        )
        SELECT coalesce((SELECT json_agg(json_build_object('id', id, 'name', name, 'embeddingModel', embedding_model,
                          'passages', passage_count, 'indexed', indexed)) FROM scope), '[]') AS "knowledgeBases",
               coalesce((SELECT json_agg(variant) FROM variant), '[]') AS variants,
               coalesce((SELECT json_agg(count) FROM count), '[]') AS counts`),
  );
  return found ?? { knowledgeBases: [], variants: [], counts: [] };
}
