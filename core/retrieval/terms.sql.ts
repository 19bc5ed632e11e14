import type { KnowledgeBaseId } from '../ids.ts';
import { row, sql, type Queryable } from '../storage/sql.ts';

/** What each dictionary makes of a word of the question; `lexemes` empty: a stop word there. */
export type Variant = { word: string; dictionary: string; lexemes: string[] };

export type SearchedKnowledgeBase = {
  id: KnowledgeBaseId;
  name: string;
  embeddingModel: string;
  dimensions: number | null;
  passages: number;
};

export type Preparation = {
  knowledgeBases: SearchedKnowledgeBase[];
  variants: Variant[];
  /** In how many passages of these knowledge bases, and of no others, a lexeme stands. */
  counts: { term: string; passages: number }[];
};

/** Everything a search has to know before it looks for passages, in one round trip. */
export async function prepare(
  db: Queryable,
  knowledgeBaseIds: readonly KnowledgeBaseId[],
  words: readonly string[],
  dictionaries: readonly string[],
): Promise<Preparation> {
  const found = await row<Preparation>(
    db,
    sql`WITH scope AS (
          SELECT id, name, embedding_model, dimensions, passage_count FROM knowledge_base
          WHERE id = ANY(${knowledgeBaseIds}::uuid[]) AND deleted_at IS NULL AND passage_count > 0
        ), variant AS MATERIALIZED (
          SELECT word, dictionary, coalesce(ts_lexize(dictionary::regdictionary, word), ARRAY[word]) AS lexemes
          FROM unnest(${words}::text[]) AS word, unnest(${dictionaries}::text[]) AS dictionary
        ), count AS (
          SELECT term, sum(passages)::int AS passages FROM passage_term
          WHERE knowledge_base_id = ANY(${knowledgeBaseIds}::uuid[])
            AND term = ANY(ARRAY(SELECT DISTINCT unnest(lexemes) FROM variant)) AND passages > 0
          GROUP BY term
        )
        SELECT coalesce((SELECT json_agg(json_build_object('id', id, 'name', name, 'embeddingModel', embedding_model,
                          'dimensions', dimensions, 'passages', passage_count)) FROM scope), '[]') AS "knowledgeBases",
               coalesce((SELECT json_agg(variant) FROM variant), '[]') AS variants,
               coalesce((SELECT json_agg(count) FROM count), '[]') AS counts`,
  );
  return found ?? { knowledgeBases: [], variants: [], counts: [] };
}
