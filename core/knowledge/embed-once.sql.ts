import type { Embedder } from '../models/types.ts';
import { vectorBytes } from '../retrieval/vector-bytes.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

/** Which of these texts (SHA-256, hexadecimal) have a vector of this model. */
export async function cachedHashes(db: Queryable, model: string, hashes: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ hash: string }>(
    db,
    sql`UPDATE embedding_cache SET used_at = now()
        WHERE model = ${model} AND text_hash = ANY(SELECT decode(h, 'hex') FROM unnest(${hashes}::text[]) AS h)
        RETURNING encode(text_hash, 'hex') AS hash`,
  );
  return new Set(found.map(({ hash }) => hash));
}

/** In the order of the hashes, so that two jobs that store the same texts do not wait for each other in a circle. */
export function insertVectors(
  db: Queryable,
  model: string,
  found: readonly { hash: Buffer; vector: Float32Array }[],
): Promise<number> {
  const values = found
    .toSorted((a, b) => Buffer.compare(a.hash, b.hash))
    .map(({ hash, vector }) => sql`(${model}, ${hash}::bytea, ${vectorBytes(vector)}::vector)`)
    .reduce((before: Statement, one) => sql`${before}, ${one}`);
  return run(
    db,
    sql`INSERT INTO embedding_cache (model, text_hash, embedding) VALUES ${values} ON CONFLICT DO NOTHING`,
  );
}

/** How many dimensions the vectors of this model have, by one that is there. */
export async function dimensionsOf(db: Queryable, embedder: Embedder, hash: string): Promise<number | null> {
  if (embedder.dimensions !== null) return embedder.dimensions;
  const found = await row<{ dimensions: number }>(
    db,
    sql`SELECT vector_dims(embedding) AS dimensions FROM embedding_cache
        WHERE model = ${embedder.name} AND text_hash = decode(${hash}, 'hex')`,
  );
  return found?.dimensions ?? null;
}
