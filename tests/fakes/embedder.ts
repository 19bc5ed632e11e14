import { createHash } from 'node:crypto';
import type { Embedder } from '../../core/models/types.ts';
import { unitLength } from '../../core/models/vectors.ts';
import { wordsOf } from '../../core/retrieval/words.ts';

export const FAKE_EMBEDDER = 'fake:words';
const DIMENSIONS = 96;

/**
 * An embedding model that needs no time: each word and each beginning of a word points somewhere, so texts that share
 * words are near each other. `embedded` is every text that it was given; `fail` makes calls throw as long as it is set.
 */
export function fakeEmbedder(): Embedder & { embedded: string[]; fail: Error | null; pauseMs: number } {
  const embedded: string[] = [];
  const fake = {
    name: FAKE_EMBEDDER,
    dimensions: DIMENSIONS,
    notFoundBelow: 0.1,
    embedded,
    fail: null as Error | null,
    pauseMs: 0,
    async embed(texts: readonly string[]): Promise<Float32Array[]> {
      if (fake.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, fake.pauseMs));
      if (fake.fail) throw fake.fail;
      embedded.push(...texts);
      return texts.map(vectorOf);
    },
    close: async () => undefined,
  };
  return fake;
}

function vectorOf(text: string): Float32Array {
  const sum = new Float32Array(DIMENSIONS);
  for (const word of wordsOf(text)) for (const part of [word, word.slice(0, 4)]) add(sum, part);
  return unitLength(sum);
}

const directions = new Map<string, Float32Array>();

function add(sum: Float32Array, part: string): void {
  let direction = directions.get(part);
  if (!direction) {
    direction = new Float32Array(DIMENSIONS);
    for (let block = 0; block < DIMENSIONS / 32; block += 1) {
      const bytes = createHash('sha256').update(`${block} ${part}`).digest();
      bytes.forEach((byte, index) => (direction![block * 32 + index] = byte / 127.5 - 1));
    }
    directions.set(part, direction);
  }
  direction.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value));
}
