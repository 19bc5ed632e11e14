import { rows, sql, type Queryable } from '../storage/sql.ts';

/** What a dictionary makes of each word: its stem, or nothing where it is a stop word. */
export const lexemesOf = (
  db: Queryable,
  dictionary: string,
  words: readonly string[],
): Promise<{ word: string; lexemes: string[] }[]> =>
  rows(
    db,
    sql`SELECT word, coalesce(ts_lexize(${dictionary}::regdictionary, word), ARRAY[word]) AS lexemes
        FROM unnest(${words}::text[]) AS word`,
  );
