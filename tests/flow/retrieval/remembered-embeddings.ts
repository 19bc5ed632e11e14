import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { textHash } from '../../../core/knowledge/embedding-text.ts';
import type { Embedder } from '../../../core/models/types.ts';

const FILE = new URL('../../fixtures/sample-embeddings.bin', import.meta.url);
const HASH_BYTES = 8;

/**
 * The embedder with what it gave for the sample's passages and questions read from a file: the built-in one takes minutes for
 * them on a small machine. A text that is not in the file goes to the model, so a changed sample is slow, never wrong; with
 * `UPDATE_EMBEDDINGS=1` `save` writes the file anew. Values are kept in a byte each, which moves a cosine by about 0.001.
 */
export function rememberedEmbeddings(embedder: Embedder): Embedder & { asked(): number; save(): void } {
  const size = embedder.dimensions ?? 0;
  const remembered = existsSync(FILE) ? read(readFileSync(FILE), size) : new Map<string, Float32Array>();
  const used = new Map<string, Float32Array>();
  let asked = 0;
  return {
    name: embedder.name,
    dimensions: embedder.dimensions,
    notFoundBelow: embedder.notFoundBelow,
    close: () => embedder.close(),
    async embed(texts, signal) {
      const keys = texts.map((text) => textHash(text).toString('latin1', 0, HASH_BYTES));
      const missing = texts.filter((_, index) => !remembered.has(keys[index] ?? ''));
      asked += missing.length;
      const made = missing.length === 0 ? [] : await embedder.embed(missing, signal);
      missing.forEach((text, index) => {
        const vector = made[index];
        if (vector) remembered.set(textHash(text).toString('latin1', 0, HASH_BYTES), vector);
      });
      return keys.map((key) => {
        const vector = remembered.get(key);
        if (!vector) throw new Error('a vector is missing');
        used.set(key, vector);
        return vector;
      });
    },
    asked: () => asked,
    save: () => writeFileSync(FILE, written(used)),
  };
}

function read(bytes: Buffer, size: number): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  const record = HASH_BYTES + size;
  for (let at = 0; at + record <= bytes.length; at += record) {
    const values = new Int8Array(bytes.buffer, bytes.byteOffset + at + HASH_BYTES, size);
    const length = Math.hypot(...values);
    found.set(
      bytes.toString('latin1', at, at + HASH_BYTES),
      Float32Array.from(values, (value) => value / length),
    );
  }
  return found;
}

/** In the order of the hashes, so that the file changes only where the texts do. */
function written(vectors: ReadonlyMap<string, Float32Array>): Buffer {
  const records = [...vectors].map(([key, vector]) => {
    const largest = Math.max(...vector.map(Math.abs));
    const values = Int8Array.from(vector, (value) => Math.round((value / largest) * 127));
    return Buffer.concat([Buffer.from(key, 'latin1'), Buffer.from(values.buffer)]);
  });
  return Buffer.concat(records.toSorted(Buffer.compare));
}
