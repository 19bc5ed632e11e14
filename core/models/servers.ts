import { z } from 'zod';
import { leaveBreaker } from './breaker.ts';
import { asModelError, modelError } from './failures.ts';
import { serverFetch } from './http.ts';
import { ollamaClient } from './ollama.ts';
import { openAiBase } from './openai.ts';
import type { ModelServer } from './types.ts';

const CHECK_TIMEOUT_MS = 5_000;
const LIST_TIMEOUT_MS = 15_000;
const SHOWN_AT_ONCE = 8;

export type ListedModel = {
  name: string;
  kind: 'chat' | 'embedding' | 'rerank';
  /** The window the model could have, tokens; null where the server does not say. */
  contextTokens: number | null;
  sizeBytes?: number;
  /** Whether it thinks before it answers; only where the server says. */
  reasons?: boolean;
};

export type ServerCheck = { ok: boolean; version?: string; models: number; latencyMs: number; problem?: string };

const ollamaShown = z.object({
  capabilities: z.array(z.string()).default([]),
  model_info: z.record(z.string(), z.unknown()).default({}),
});
const ollamaTags = z.object({ models: z.array(z.object({ name: z.string(), size: z.number().optional() })) });
const openAiModels = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: z.number().nullish(),
      meta: z.object({ n_ctx_train: z.number() }).partial().nullish(),
    }),
  ),
});
const versionShape = z.object({ version: z.string() });

/** The models of a server, in its order. @throws AppError of the model_* codes, within 15 s. */
export async function listModels(server: ModelServer, signal?: AbortSignal): Promise<ListedModel[]> {
  return within(LIST_TIMEOUT_MS, signal, (limit) =>
    server.kind === 'ollama' ? listOllama(server, limit) : listOpenAi(server, limit),
  );
}

/**
 * Whether a server answers, how fast and with what; never throws, `problem` is the sentence to show. One that answers
 * is asked again at once, also where it was known to be away.
 */
export async function checkServer(server: ModelServer): Promise<ServerCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round(performance.now() - started);
  try {
    return await within(CHECK_TIMEOUT_MS, undefined, async (signal) => {
      const names = server.kind === 'ollama' ? await ollamaNames(server, signal) : await openAiNames(server, signal);
      const answered = latencyMs();
      leaveBreaker(server.baseUrl, true);
      const version = await versionOf(server, signal).catch(() => undefined);
      return { ok: true, models: names.length, latencyMs: answered, ...(version === undefined ? {} : { version }) };
    });
  } catch (error) {
    return { ok: false, models: 0, latencyMs: latencyMs(), problem: asModelError(error).message };
  }
}

async function within<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(modelError('model_timeout', {}, 'The model server did not answer in time.')),
    limitMs,
  );
  const stop = () => controller.abort(modelError('stopped'));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    throw asModelError(controller.signal.aborted ? controller.signal.reason : error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function listOllama(server: ModelServer, signal: AbortSignal): Promise<ListedModel[]> {
  const tags = await ollamaNames(server, signal);
  const listed: ListedModel[] = [];
  for (let i = 0; i < tags.length; i += SHOWN_AT_ONCE)
    listed.push(...(await Promise.all(tags.slice(i, i + SHOWN_AT_ONCE).map((tag) => showOllama(server, tag, signal)))));
  return listed;
}

async function showOllama(
  server: ModelServer,
  tag: { name: string; size?: number | undefined },
  signal: AbortSignal,
): Promise<ListedModel> {
  const { capabilities, model_info } = understood(
    ollamaShown,
    await ollamaClient(server, { signal }).show({ model: tag.name }),
  );
  const window = model_info[`${String(model_info['general.architecture'])}.context_length`];
  return {
    name: tag.name,
    kind: capabilities.includes('embedding') ? 'embedding' : capabilities.length > 0 ? 'chat' : kindByName(tag.name),
    contextTokens: typeof window === 'number' ? window : null,
    ...(tag.size === undefined ? {} : { sizeBytes: tag.size }),
    reasons: capabilities.includes('thinking'),
  };
}

async function listOpenAi(server: ModelServer, signal: AbortSignal): Promise<ListedModel[]> {
  const models = await openAiNames(server, signal);
  return models.map(({ id, max_model_len, meta }) => ({
    name: id,
    kind: kindByName(id),
    contextTokens: max_model_len ?? meta?.n_ctx_train ?? null,
  }));
}

/** These servers do not say what a model is for; the names of embedders and rerankers do. */
function kindByName(name: string): ListedModel['kind'] {
  if (/rerank|cross-?encoder/i.test(name)) return 'rerank';
  return /embed|minilm|\be5\b|\bbge\b|\bgte\b|sentence/i.test(name) ? 'embedding' : 'chat';
}

const ollamaNames = async (server: ModelServer, signal: AbortSignal) =>
  understood(ollamaTags, await ollamaClient(server, { signal }).list()).models;

const openAiNames = async (server: ModelServer, signal: AbortSignal) =>
  understood(openAiModels, await getJson(`${openAiBase(server.baseUrl)}/models`, server, signal)).data;

async function versionOf(server: ModelServer, signal: AbortSignal): Promise<string> {
  const root = server.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const path = server.kind === 'ollama' ? '/api/version' : '/version';
  return understood(versionShape, await getJson(`${root}${path}`, server, signal)).version;
}

async function getJson(url: string, server: ModelServer, signal: AbortSignal): Promise<unknown> {
  const headers = server.apiKey ? { Authorization: `Bearer ${server.apiKey}` } : {};
  const response = await serverFetch({ signal })(url, { headers: { Accept: 'application/json', ...headers } });
  return response.json();
}

function understood<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw modelError('model_bad_answer');
  return parsed.data;
}
