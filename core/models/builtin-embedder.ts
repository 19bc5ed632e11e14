import { Worker } from 'node:worker_threads';
import { modelError } from './failures.ts';
import { embedWith, questionEmbedder } from './questions.ts';
import type { Embedder } from './types.ts';
import { unitLength } from './vectors.ts';

const DIMENSIONS = 512;
/** What the model reads of a text is about 128 words; more only costs time. */
const LONGEST_CHARS = 4_000;
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
 * English embeddings without any server: 512 dimensions, about 20 passages a second in a thread of its own, which
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
    worker.postMessage(current.text.slice(0, LONGEST_CHARS));
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
        answer instanceof Float32Array ? task.resolve(unitLength(answer)) : task.reject(modelError('model_bad_answer')),
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

  const question = questionEmbedder((texts) => Promise.all(texts.map((text) => one(questions, text))));
  return {
    name: 'builtin:use-lite-512',
    dimensions: DIMENSIONS,
    notFoundBelow: 0.3,
    embed: embedWith(question, (texts, signal) => Promise.all(texts.map((text) => one(passages, text, signal)))),
    async close() {
      const ended = worker;
      worker = undefined;
      for (const task of [current, ...questions.splice(0), ...passages.splice(0)]) task?.reject(modelError('stopped'));
      current = undefined;
      await ended?.terminate();
    },
  };
}
