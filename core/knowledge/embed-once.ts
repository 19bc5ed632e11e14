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
  let left = missing.length;
  const batches = Array.from({ length: Math.ceil(missing.length / BATCH) }, (_, n) =>
    missing.slice(n * BATCH, (n + 1) * BATCH),
  );
  const lane = async (): Promise<void> => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const vectors = await vectorsOf(embedder, batch, signal).catch((error: unknown) => {
        batches.length = 0;
        throw error;
      });
      await insertVectors(pool, embedder.name, vectors);
      left -= batch.length;
      if (left > 0) await done(1 - left / byHash.size);
    }
  };
  // Two at a time: while one batch is with the model, the vectors of the other are stored. Where one fails the other ends
  // its batch first, so that nothing goes on behind the back of the next try.
  const ended = await Promise.allSettled([lane(), lane()]);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  const [anyHash] = byHash.keys();
  const dimensions = anyHash === undefined ? null : await dimensionsOf(pool, embedder, anyHash);
  if (dimensions === null) throw new AppError('internal', 'A vector is missing; this file is tried again');
  return dimensions;
}

async function vectorsOf(
  embedder: Embedder,
  batch: readonly (readonly [hash: string, text: string])[],
  signal: AbortSignal,
) {
  const vectors = await embedder.embed(
    batch.map(([, text]) => text),
    signal,
  );
  return batch.map(([hash], index) => {
    const vector = vectors[index];
    if (!vector) throw new AppError('model_bad_answer', 'The embedding model gave too few vectors');
    return { hash: Buffer.from(hash, 'hex'), vector };
  });
}
