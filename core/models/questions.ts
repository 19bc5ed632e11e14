import type { Embedder } from './types.ts';

const REMEMBERED = 2_000;
const TOGETHER = 64;

type EmbedBatch = (texts: readonly string[]) => Promise<Float32Array[]>;
type Asked = { text: string; resolve: (vector: Float32Array) => void; reject: (error: unknown) => void };

/**
 * Embeds questions that arrive in the same turn of the event loop by one call, and remembers the last 2,000: 100 people
 * asking at once cost a few calls, and a question asked twice costs one. A failure is not remembered.
 */
export function questionEmbedder(
  embedBatch: EmbedBatch,
): (text: string, signal?: AbortSignal) => Promise<Float32Array> {
  const remembered = new Map<string, Promise<Float32Array>>();
  let waiting: Asked[] = [];

  const flush = () => {
    const asked = waiting;
    waiting = [];
    for (let i = 0; i < asked.length; i += TOGETHER) void run(asked.slice(i, i + TOGETHER));
  };
  const run = async (asked: Asked[]) => {
    try {
      const vectors = await embedBatch(asked.map(({ text }) => text));
      asked.forEach(({ resolve, reject }, i) => {
        const vector = vectors[i];
        if (vector) resolve(vector);
        else reject(new Error('a vector is missing'));
      });
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };
  const ask = (text: string) =>
    new Promise<Float32Array>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ text, resolve, reject });
    });

  return (text, signal) => {
    let vector = remembered.get(text);
    remembered.delete(text);
    if (!vector) {
      vector = ask(text);
      vector.catch(() => remembered.delete(text));
    }
    remembered.set(text, vector);
    if (remembered.size > REMEMBERED)
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    return signal ? untilAborted(vector, signal) : vector;
  };
}

/** The call goes on for the others who asked the same; only this one stops waiting. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** `embed` as Embedder promises it: one text by way of `question`, several by way of `passages`. */
export function embedWith(
  question: (text: string, signal?: AbortSignal) => Promise<Float32Array>,
  passages: (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array[]>,
): Embedder['embed'] {
  return async (texts, signal) => {
    const [only] = texts;
    if (only === undefined) return [];
    if (texts.length === 1) return [await question(only, signal)];
    return passages(texts, signal);
  };
}
