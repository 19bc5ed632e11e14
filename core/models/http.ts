import http from 'node:http';
import https from 'node:https';
import { guardedLookup, refuseAddress } from './address.ts';
import { failureOf, modelError } from './failures.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** More than any answer or batch of vectors; a server that goes on and on must not fill the memory. */
const LONGEST_BODY_BYTES = 64 * 1024 * 1024;
const ERROR_BODY_BYTES = 64 * 1024;
/** Enough that the end of an answer is read although its reader has seen the last line: then the connection is kept. */
const CHUNKS_AHEAD = 64;
/** Words that come closer than this are handed on together, twenty times a second: each piece costs the way up to its reader. */
const TOGETHER_MS = 50;
const CHUNKS_AT_ONCE = 3;

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxFreeSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxFreeSockets: 64 }),
};

/** How one call to a server is made: it ends with `signal`, whose reason is what the caller then gets. */
export type FetchOptions = { signal: AbortSignal; connectTimeoutMs?: number; jsonLines?: boolean };

/**
 * A `fetch` for the model clients on Node's own HTTP, because theirs would follow redirects and resolve names without
 * looking. Whatever is not a 2xx is thrown as the AppError it means, so that no client prints or keeps its text.
 * `jsonLines`: each line of the answer must be JSON; the Ollama client would print the others.
 */
export function serverFetch(options: FetchOptions): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw modelError('model_rejected');
    refuseAddress(url.hostname);
    const response = await send(url, init, options);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw failureOf(status, await start(response));
    const body = bodyOf(response, options);
    return new Response(status === 204 ? null : body, { status, headers: headersOf(response) });
  };
}

function send(url: URL, init: RequestInit, options: FetchOptions): Promise<http.IncomingMessage> {
  const { signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(asError(signal.reason));
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: agents[secure ? 'https:' : 'http:'],
      lookup: guardedLookup,
      signal,
    });
    const timer = setTimeout(
      () => request.destroy(modelError('model_unreachable', { reason: 'connect_timeout' })),
      connectTimeoutMs,
    );
    request.on('socket', (socket) => {
      if (!socket.connecting) clearTimeout(timer);
      else socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(signal.aborted ? asError(signal.reason) : connectionError(error)),
    );
    request.on('response', resolve);
    request.end(typeof init.body === 'string' ? init.body : undefined);
  });
}

function connectionError(error: NodeJS.ErrnoException): Error {
  if (error.name === 'AppError') return error;
  return modelError('model_unreachable', { reason: error.code ?? error.name });
}

/** The first part of an error's body, for its meaning only. */
async function start(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ERROR_BODY_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  }
  response.destroy();
  return Buffer.concat(chunks).toString('utf8');
}

function bodyOf(
  response: http.IncomingMessage,
  { signal, jsonLines = false }: FetchOptions,
): ReadableStream<Uint8Array> {
  const check =
    jsonLines && !/application\/json\b/.test(response.headers['content-type'] ?? '') ? lineCheck() : undefined;
  let over = false;
  let size = 0;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const gathered = gather((bytes) => {
          if (over) return;
          controller.enqueue(bytes);
          if ((controller.desiredSize ?? 1) <= 0) response.pause();
        });
        const fail = (error: Error) => {
          if (over) return;
          gathered.end();
          over = true;
          response.destroy();
          // An error throws away what was not read yet: the last words before it are given their turn.
          setImmediate(() => controller.error(error));
        };
        response.on('data', (chunk: Buffer) => {
          if (over) return;
          size += chunk.length;
          if (size > LONGEST_BODY_BYTES) return fail(modelError('model_bad_answer'));
          if (check && !check.accepts(chunk)) return fail(modelError('model_bad_answer'));
          gathered.add(chunk);
        });
        response.on('end', () => {
          if (over) return;
          if (check && !check.complete()) return fail(modelError('model_broke_off'));
          gathered.end();
          over = true;
          controller.close();
        });
        response.on('error', () => fail(signal.aborted ? asError(signal.reason) : modelError('model_broke_off')));
        response.on('close', () => fail(signal.aborted ? asError(signal.reason) : modelError('model_broke_off')));
      },
      pull() {
        response.resume();
      },
      cancel() {
        over = true;
        response.destroy();
      },
    },
    { highWaterMark: CHUNKS_AHEAD },
  );
}

/**
 * Gives the first chunks at once, since a word is shown only when the next has begun; from then on what comes within
 * TOGETHER_MS as one, since each piece costs the whole way up to its reader.
 */
function gather(give: (bytes: Buffer) => void): { add(chunk: Buffer): void; end(): void } {
  let waiting: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let given = 0;
  const flush = () => {
    timer = undefined;
    if (waiting.length === 0) return;
    const bytes = Buffer.concat(waiting);
    waiting = [];
    timer = setTimeout(flush, TOGETHER_MS);
    give(bytes);
  };
  return {
    add(chunk) {
      if (timer !== undefined) return void waiting.push(chunk);
      if (given >= CHUNKS_AT_ONCE) timer = setTimeout(flush, TOGETHER_MS);
      given += 1;
      give(chunk);
    },
    end() {
      clearTimeout(timer);
      flush();
      clearTimeout(timer);
    },
  };
}

/** Looks at lines as they come; a line that the connection broke in the middle of is not complete. */
function lineCheck() {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    accepts(chunk: Uint8Array): boolean {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      return lines.every((line) => line.trim() !== '' && isObject(line));
    },
    complete: () => rest.trim() === '' || isObject(rest),
  };
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function headersOf(response: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return headers;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : modelError('stopped'));
