import type { AppError } from '../errors.ts';
import { enterBreaker, leaveBreaker } from './breaker.ts';
import { asModelError, modelError } from './failures.ts';
import { ollamaChat, type ServerPart } from './ollama.ts';
import { openAiChat } from './openai.ts';
import { takeTurn } from './queue.ts';
import { withoutThinking } from './thinking.ts';
import type { ChatMessage, ChatModel, ModelLog, ModelPart } from './types.ts';

const MAX_CONCURRENT = 128;
const ENDING_MS = 1_000;
const LEFT = modelError('stopped');
const WAKING_AFTER_MS = 3_000;
/** A base model runs on into questions of its own. */
const STOP = ['\nQuestion:'];

export type ChatOptions = {
  signal?: AbortSignal;
  /** From the request to the first word, the retry included, ms. */
  firstTokenTimeoutMs: number;
  /** Between two words, ms. */
  idleTimeoutMs: number;
  log?: ModelLog;
  /** Who asks, so that places at a busy server are shared fairly. */
  asker?: string;
  stop?: readonly string[];
};

/**
 * The model's answer as it is written. `waking` comes once, after three seconds without a word. What fails before the
 * first word is tried once more within the same time; after it never. Leaving the loop or aborting `signal` closes the
 * connection, which stops the model.
 * @throws AppError: model_unreachable, model_timeout, model_stalled, model_broke_off, model_not_found, model_rejected,
 * model_bad_answer, question_too_long, too_many_requests, stopped.
 */
export async function* streamChat(
  model: ChatModel,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): AsyncGenerator<ModelPart> {
  const address = model.server.baseUrl;
  const stopped = stopSignal(options.signal);
  const free = await takeTurn({
    address,
    limit: model.server.maxConcurrent ?? MAX_CONCURRENT,
    asker: options.asker ?? '',
    signal: stopped.signal,
    timeoutMs: options.firstTokenTimeoutMs,
  }).catch((error: unknown) => {
    stopped.release();
    throw asModelError(error);
  });
  const progress: Progress = { heard: false, spoke: false, woken: false, reached: undefined };
  try {
    enterBreaker(address);
    const deadline = Date.now() + options.firstTokenTimeoutMs;
    try {
      yield* attempt(model, messages, options, { stopped: stopped.signal, deadline, progress });
    } catch (error) {
      const failure = asModelError(error);
      options.log?.warn(
        { server: model.server.id, model: model.name, code: failure.code, ...failure.details },
        'model call failed',
      );
      if (progress.spoke || !mayRetry(failure) || Date.now() >= deadline) throw failure;
      yield* attempt(model, messages, options, { stopped: stopped.signal, deadline, progress });
    } finally {
      leaveBreaker(address, progress.reached);
    }
  } catch (error) {
    throw asModelError(error);
  } finally {
    free();
    stopped.release();
  }
}

/**
 * `heard`: any sign of the model in this attempt; `spoke`: a word was given to the reader; `reached`: whether the last
 * connection was made, undefined where that is not known.
 */
type Progress = { heard: boolean; spoke: boolean; woken: boolean; reached: boolean | undefined };
type Attempt = { stopped: AbortSignal; deadline: number; progress: Progress };

const mayRetry = (failure: AppError): boolean =>
  failure.code === 'model_unreachable' || failure.code === 'model_broke_off' || failure.code === 'model_bad_answer';

async function* attempt(
  model: ChatModel,
  messages: readonly ChatMessage[],
  options: ChatOptions,
  { stopped, deadline, progress }: Attempt,
): AsyncGenerator<ModelPart> {
  const controller = new AbortController();
  const stop = () => controller.abort(stopped.reason);
  stopped.addEventListener('abort', stop, { once: true });
  let timer = setTimeout(() => controller.abort(modelError('model_timeout')), Math.max(1, deadline - Date.now()));
  const thinking = withoutThinking();
  let complete = false;
  progress.heard = false;
  try {
    if (stopped.aborted) stop();
    const open = model.server.kind === 'ollama' ? ollamaChat : openAiChat;
    const parts = open(model, messages, options.stop ?? STOP, controller.signal);
    let first = parts.next();
    if (!progress.woken && (await isSlow(first))) {
      progress.woken = true;
      yield { type: 'waking' };
    }
    for await (const part of rest(first, parts)) {
      if (!progress.heard) {
        progress.heard = progress.reached = true;
        clearTimeout(timer);
        timer = setTimeout(() => controller.abort(modelError('model_stalled')), options.idleTimeoutMs);
      } else timer.refresh();
      if (part.type === 'usage') yield part;
      if (part.type !== 'text') continue;
      const text = thinking.next(part.text);
      if (text === '') continue;
      progress.spoke = true;
      yield { type: 'text', text };
    }
    complete = true;
    const held = thinking.rest();
    if (held !== '') yield { type: 'text', text: held };
  } catch (error) {
    const failure = asModelError(controller.signal.aborted ? controller.signal.reason : error);
    if (failure.code !== 'stopped')
      progress.reached = failure.code !== 'model_unreachable' || 'status' in failure.details;
    throw failure;
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', stop);
    // Closing the connection is what stops the model, also where the reader left early. A complete answer's connection
    // is kept for the next, unless the server never ends it.
    if (complete) setTimeout(() => controller.abort(LEFT), ENDING_MS).unref();
    else controller.abort(LEFT);
  }
}

/** Whether nothing came within three seconds; a failure is not slow, it is thrown where the part is read. */
async function isSlow(first: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), WAKING_AFTER_MS);
  });
  const came = first.then(
    () => false,
    () => false,
  );
  const result = await Promise.race([slow, came]);
  clearTimeout(timer);
  return result;
}

async function* rest(
  first: Promise<IteratorResult<ServerPart>>,
  parts: AsyncGenerator<ServerPart>,
): AsyncGenerator<ServerPart> {
  const result = await first;
  if (result.done) return;
  yield result.value;
  yield* parts;
}

/** The caller's signal with our own word for it, whatever reason it was given. */
function stopSignal(signal: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(modelError('stopped'));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, release: () => signal?.removeEventListener('abort', stop) };
}
