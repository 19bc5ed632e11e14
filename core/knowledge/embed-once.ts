import type { Pool } from 'pg';
import { AppError } from '../errors.ts';
import type { Embedder } from '../models/types.ts';
import { cachedHashes, dimensionsOf, insertVectors } from './embed-once.sql.ts';
import { textHash } from './embedding-text.ts';

const BATCH = 64;

/**
 * Puts the vector of each text into the cache, unless it is there: no text is embedded twice by a model, in a document,
 * in the next version of it, or after a kill. `done` gets the share that is there, 0 to 1. Gives the dimensions.
 * @throws AppError model_*, which passes; 'stopped' by `signal`
 */
export async function embedOnce(
  pool: Pool,
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
  done: (share: number) => Promise<void>,
): Promise<number> {
  const byHash = new Map(texts.map((text) => [textHash(text).toString('hex'), text]));
  const known = await cachedHashes(pool, embedder.name, [...byHash.keys()]);
  const missing = [...byHash].filter(([hash]) => !known.has(hash));
  await done(1 - missing.length / byHash.size);
  for (let from = 0; from < missing.length; from += BATCH) {
    const batch = missing.slice(from, from + BATCH);
    const vectors = await embedder.embed(
      batch.map(([, text]) => text),
      signal,
    );
    const found = batch.flatMap(([hash], index) => {
      const vector = vectors[index];
      return vector ? [{ hash: Buffer.from(hash, 'hex'), vector }] : [];
    });
    if (found.length !== batch.length)
      throw new AppError('model_bad_answer', 'The embedding model gave too few vectors');
    await insertVectors(pool, embedder.name, found);
    if (from + BATCH < missing.length) await done(1 - (missing.length - from - batch.length) / byHash.size);
  }
  const [anyHash] = byHash.keys();
  const dimensions = anyHash === undefined ? null : await dimensionsOf(pool, embedder, anyHash);
  if (dimensions === null) throw new AppError('internal', 'A vector is missing; this file is tried again');
  return dimensions;
}
