import type { AppError } from '../errors.ts';
import { cutToTokens, estimateTokens } from './budget.ts';
import { enterBreaker, leaveBreaker } from './breaker.ts';
import { asModelError, modelError } from './failures.ts';
import { ollamaClient } from './ollama.ts';
import { openAiClient } from './openai.ts';
import { embedWith, questionEmbedder } from './questions.ts';
import type { Embedder, ModelServer } from './types.ts';
import { unitLength } from './vectors.ts';

const BATCH = 64;
const BATCHES_AT_ONCE = 2;
const CALL_TIMEOUT_MS = 60_000;

/**
 * The cosine that a question reaches with passages that have nothing to do with it, by model family: nearness counts from
 * here on. Too low, and questions are answered from what merely sounds alike; too high, and words alone decide.
 *
 * Measured on the sample's questions (set `tune`): all-MiniLM, whose best wrong passage reaches 0.39 in three of four
 * unanswerable questions and 0.55 in nineteen of twenty, the right one 0.51 in the middle; and the built-in model, which
 * tells less (0.46, 0.53 and 0.41). The values of the other families are NOT measured: they only follow that these place
 * unrelated texts nearer to each other. A family that is not listed takes what the measured ones have.
 */
const NOT_FOUND_BELOW: readonly (readonly [RegExp, number])[] = [
  [/minilm/i, 0.4],
  [/nomic-embed/i, 0.5],
  [/mxbai-embed|bge-(small|base|large)/i, 0.5],
  [/bge-m3/i, 0.45],
  [/e5/i, 0.75],
];
const NOT_FOUND_BELOW_OTHERWISE = 0.4;

type Call = (texts: readonly string[], signal: AbortSignal) => Promise<readonly (readonly number[])[]>;

/** Embeddings by Ollama, whose own cutting is switched off: too long a text is cut here, visibly, never lost. */
export function ollamaEmbedder(server: ModelServer, name: string): Embedder {
  return remoteEmbedder(server, `ollama:${name}`, async (texts, signal) => {
    const { embeddings } = await ollamaClient(server, { signal }).embed({
      model: name,
      input: [...texts],
      truncate: false,
    });
    return embeddings;
  });
}

/** Embeddings by vLLM or another server of OpenAI's protocol. */
export function openAiEmbedder(server: ModelServer, name: string): Embedder {
  // vLLM cuts by itself when asked to; servers that refuse the field are asked without it from then on.
  let cutting = true;
  const call: Call = async (texts, signal) => {
    const extra = cutting ? { truncate_prompt_tokens: -1 } : {};
    const body = { model: name, input: [...texts], encoding_format: 'float' as const, ...extra };
    try {
      const { data } = await openAiClient(server, { signal }).embeddings.create(body);
      if (!Array.isArray(data)) throw modelError('model_bad_answer');
      return data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding);
    } catch (error) {
      if (!cutting || asModelError(error).code !== 'model_rejected') throw error;
      cutting = false;
      return call(texts, signal);
    }
  };
  return remoteEmbedder(server, `openai:${name}`, call);
}

function remoteEmbedder(server: ModelServer, name: string, call: Call): Embedder {
  let dimensions: number | null = null;
  const limited = atMost(BATCHES_AT_ONCE);

  const vectorsOf = async (texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    const vectors = await embedOrCut(guarded(server, call), texts, signal);
    const size = vectors[0]?.length ?? 0;
    if (vectors.length !== texts.length || size === 0 || vectors.some((vector) => vector.length !== size))
      throw modelError('model_bad_answer');
    dimensions ??= size;
    if (size !== dimensions) throw modelError('model_bad_answer');
    return vectors;
  };
  const passages = async (texts: readonly string[], signal?: AbortSignal) => {
    const batches: (readonly string[])[] = [];
    for (let i = 0; i < texts.length; i += BATCH) batches.push(texts.slice(i, i + BATCH));
    const done = await Promise.all(batches.map((batch) => limited(() => vectorsOf(batch, signal))));
    return done.flat();
  };
  return {
    name,
    get dimensions() {
      return dimensions;
    },
    notFoundBelow: NOT_FOUND_BELOW.find(([family]) => family.test(name))?.[1] ?? NOT_FOUND_BELOW_OTHERWISE,
    embed: embedWith(questionEmbedder(vectorsOf), passages),
    close: async () => undefined,
  };
}

/** One call within its time, through the breaker, tried once more where the connection failed. */
function guarded(
  server: ModelServer,
  call: Call,
): (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array[]> {
  const once = async (texts: readonly string[], signal?: AbortSignal) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(modelError('model_timeout')), CALL_TIMEOUT_MS);
    const stop = () => controller.abort(modelError('stopped'));
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const vectors: unknown = await call(texts, controller.signal);
      if (!Array.isArray(vectors)) throw modelError('model_bad_answer');
      return vectors.map(checkedVector);
    } catch (error) {
      throw asModelError(controller.signal.aborted ? controller.signal.reason : error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  };
  return async (texts, signal) => {
    enterBreaker(server.baseUrl);
    let reached: boolean | undefined = true;
    const failed = (error: AppError) => {
      reached = error.code === 'stopped' ? undefined : error.code !== 'model_unreachable' || 'status' in error.details;
      throw error;
    };
    try {
      return await once(texts, signal)
        .catch((error: AppError) =>
          error.code === 'model_unreachable' || error.code === 'model_broke_off'
            ? once(texts, signal)
            : Promise.reject(error),
        )
        .catch(failed);
    } finally {
      leaveBreaker(server.baseUrl, reached);
    }
  };
}

function checkedVector(values: unknown): Float32Array {
  if (!Array.isArray(values) || !values.every((value): value is number => Number.isFinite(value)))
    throw modelError('model_bad_answer');
  return unitLength(values);
}

/**
 * A batch that is refused as too long is divided until the text is found that is too long; that one is cut by halves.
 * So one passage that the model cannot read whole never costs the file.
 */
async function embedOrCut(
  call: (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array[]>,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  try {
    return await call(texts, signal);
  } catch (error) {
    const tooLong = error instanceof Error && 'code' in error && error.code === 'question_too_long';
    if (!tooLong) throw error;
    const [only] = texts;
    if (texts.length > 1) {
      const half = Math.ceil(texts.length / 2);
      const first = await embedOrCut(call, texts.slice(0, half), signal);
      return [...first, ...(await embedOrCut(call, texts.slice(half), signal))];
    }
    const shorter = only === undefined ? '' : cutToTokens(only, Math.floor(estimateTokens(only) / 2));
    if (shorter === '') throw error;
    return embedOrCut(call, [shorter], signal);
  }
}

/** Runs at most `limit` at once, in order. */
function atMost(limit: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
