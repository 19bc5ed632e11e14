import { Worker } from 'node:worker_threads';
import { modelError } from './failures.ts';
import { embedWith, questionEmbedder } from './questions.ts';
import type { Embedder } from './types.ts';
import { unitLength } from './vectors.ts';

const DIMENSIONS = 512;
/** The model reads 128 tokens, about 600 characters, and ignores the rest: a longer text is embedded in parts. */
const READ_AS_ONE_CHARS = 750;
const PART_CHARS = 560;
const MOST_PARTS = 4;
/** A text that crashed the thread twice is not tried a third time. */
const ATTEMPTS = 2;

type Task = {
  text: string;
  attempts: number;
  signal: AbortSignal | undefined;
  resolve: (vector: Float32Array) => void;
  reject: (error: unknown) => void;
};

/**
 * English embeddings without any server: 512 dimensions, about 15 passages a second in a thread of its own, which
 * starts with the first text. Texts go one by one (a batch is no faster), so a question waits for one passage at most.
 */
export function builtinEmbedder(): Embedder {
  const questions: Task[] = [];
  const passages: Task[] = [];
  let worker: Worker | undefined;
  let current: Task | undefined;

  const next = () => {
    if (current) return;
    current = questions.shift() ?? passages.shift();
    if (!current) {
      worker?.unref();
      return;
    }
    if (current.signal?.aborted) {
      settle((task) => task.reject(task.signal?.reason));
      return;
    }
    current.attempts += 1;
    worker ??= start();
    worker.ref();
    worker.postMessage(current.text);
  };
  const settle = (how: (task: Task) => void) => {
    const task = current;
    current = undefined;
    if (task) how(task);
    next();
  };
  const start = () => {
    const started = new Worker(new URL('./builtin-embedder.worker.ts', import.meta.url), { name: 'embedder' });
    started.on('message', (answer: Float32Array | { failed: string }) => {
      settle((task) =>
        answer instanceof Float32Array
          ? task.resolve(unitLength(answer))
          : task.reject(modelError('model_bad_answer', { reason: answer.failed })),
      );
    });
    // 'exit' always follows, also after an error; the text that was in work is tried again once.
    started.on('error', () => undefined);
    started.on('exit', () => {
      if (worker !== started) return;
      worker = undefined;
      settle((task) => {
        if (task.attempts < ATTEMPTS) passages.unshift(task);
        else task.reject(modelError('model_broke_off'));
      });
    });
    return started;
  };
  const one = (queue: Task[], text: string, signal?: AbortSignal) =>
    new Promise<Float32Array>((resolve, reject) => {
      queue.push({ text, attempts: 0, signal, resolve, reject });
      next();
    });

  const whole = async (queue: Task[], text: string, signal?: AbortSignal) => {
    const parts = await Promise.all(partsOf(text).map((part) => one(queue, part, signal)));
    return parts.length === 1 && parts[0] ? parts[0] : meanOf(parts);
  };

  const question = questionEmbedder((texts) => Promise.all(texts.map((text) => whole(questions, text))));
  return {
    name: 'builtin:use-lite-512',
    dimensions: DIMENSIONS,
    // Measured, see embedders.ts.
    notFoundBelow: 0.4,
    embed: embedWith(question, (texts, signal) => Promise.all(texts.map((text) => whole(passages, text, signal)))),
    async close() {
      const ended = worker;
      worker = undefined;
      for (const task of [current, ...questions.splice(0), ...passages.splice(0)]) task?.reject(modelError('stopped'));
      current = undefined;
      await ended?.terminate();
    },
  };
}

/** The text in parts of about one length, each as long as the model reads; never an empty one, which it cannot read. */
function partsOf(text: string): string[] {
  const read = text.trim().slice(0, PART_CHARS * MOST_PARTS) || '.';
  if (read.length <= READ_AS_ONE_CHARS) return [read];
  const length = Math.ceil(read.length / Math.ceil(read.length / PART_CHARS));
  const parts: string[] = [];
  for (let start = 0; start < read.length;) {
    const space = read.lastIndexOf(' ', start + length);
    const end = start + length >= read.length || space <= start ? start + length : space;
    parts.push(read.slice(start, end));
    start = end;
  }
  return parts;
}

function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(DIMENSIONS);
  for (const vector of vectors) vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
  return unitLength(sum);
}
