import OpenAI from 'openai';
import { answerTokensOf } from './budget.ts';
import { modelError } from './failures.ts';
import { serverFetch, type FetchOptions } from './http.ts';
import type { ServerPart } from './ollama.ts';
import type { ChatMessage, ChatModel, ModelServer } from './types.ts';

const NEVER_MS = 2 ** 31 - 1;

/** The address with exactly one `/v1`, as people enter it with and without. */
export const openAiBase = (baseUrl: string): string => `${baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`;

/** Retries, time-outs and log lines are ours: the client would retry twice and print what it cannot read. */
export const openAiClient = (server: ModelServer, options: FetchOptions): OpenAI =>
  new OpenAI({
    baseURL: openAiBase(server.baseUrl),
    apiKey: server.apiKey ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
    fetch: serverFetch(options),
  });

/** One answer over OpenAI's protocol, to its proper end. @throws what serverFetch throws, AppError 'model_broke_off'. */
export async function* openAiChat(
  model: ChatModel,
  messages: readonly ChatMessage[],
  stop: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ServerPart> {
  const { temperature = 0, topP, repeatPenalty } = model.parameters ?? {};
  const stream = await openAiClient(model.server, { signal }).chat.completions.create({
    model: model.name,
    messages: [...messages],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: answerTokensOf(model),
    temperature,
    ...(stop.length > 0 ? { stop: [...stop] } : {}),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(repeatPenalty === undefined ? {} : { repetition_penalty: repeatPenalty }),
  });
  let finished = false;
  let spoke = false;
  for await (const chunk of stream) {
    spoke = true;
    const choice = chunk.choices?.[0];
    const text = choice?.delta?.content;
    if (typeof text === 'string' && text !== '') yield { type: 'text', text };
    else if (choice && thinks(choice.delta)) yield { type: 'alive' };
    if (choice?.finish_reason) finished = true;
    if (chunk.usage)
      yield {
        type: 'usage',
        promptTokens: chunk.usage.prompt_tokens ?? 0,
        completionTokens: chunk.usage.completion_tokens ?? 0,
      };
  }
  // The client ends quietly when a connection is closed early: only the reason for the end says that it was one.
  signal.throwIfAborted();
  if (!finished) throw modelError(spoke ? 'model_broke_off' : 'model_bad_answer');
}

/** Reasoning comes in a field of its own, under either name, where a server takes it out of the text. */
const thinks = (delta: object): boolean =>
  ('reasoning' in delta && Boolean(delta.reasoning)) ||
  ('reasoning_content' in delta && Boolean(delta.reasoning_content));
