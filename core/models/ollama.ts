import { Ollama, type ChatRequest } from 'ollama';
import { answerTokensOf, windowOf } from './budget.ts';
import { modelError } from './failures.ts';
import { serverFetch, type FetchOptions } from './http.ts';
import type { ChatMessage, ChatModel, ModelServer } from './types.ts';

/** What a server's stream is for us: words, a sign of life (thinking), the counts, and the proper end. */
export type ServerPart =
  | { type: 'text'; text: string }
  | { type: 'alive' }
  | { type: 'usage'; promptTokens: number; completionTokens: number };

export const ollamaClient = (server: ModelServer, options: FetchOptions): Ollama =>
  new Ollama({
    host: server.baseUrl,
    fetch: serverFetch(options),
    ...(server.apiKey ? { headers: { Authorization: `Bearer ${server.apiKey}` } } : {}),
  });

/** Options that the server has, but the client's types have not: without `truncate: false` it cuts long input silently. */
type FullChatRequest = ChatRequest & { stream: true; truncate: boolean; shift: boolean };

/** One answer over Ollama's own protocol, to its proper end. @throws what serverFetch throws, AppError 'model_broke_off'. */
export async function* ollamaChat(
  model: ChatModel,
  messages: readonly ChatMessage[],
  stop: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ServerPart> {
  const { temperature = 0, topP, repeatPenalty = 1 } = model.parameters ?? {};
  const request: FullChatRequest = {
    model: model.name,
    messages: [...messages],
    stream: true,
    truncate: false,
    shift: false,
    think: false,
    options: {
      num_ctx: windowOf(model),
      num_predict: answerTokensOf(model),
      temperature,
      // Ollama's own 1.1 punishes quoting: answers from passages get worse and abstaining stops.
      repeat_penalty: repeatPenalty,
      stop: [...stop],
      ...(topP === undefined ? {} : { top_p: topP }),
    },
  };
  const stream = await ollamaClient(model.server, { signal, jsonLines: true }).chat(request);
  for await (const part of stream) {
    const text = part.message?.content;
    if (typeof text === 'string' && text !== '') yield { type: 'text', text };
    else if (part.message?.thinking) yield { type: 'alive' };
    if (part.done) {
      yield { type: 'usage', promptTokens: part.prompt_eval_count ?? 0, completionTokens: part.eval_count ?? 0 };
      return;
    }
    signal.throwIfAborted();
  }
  throw modelError('model_broke_off');
}
