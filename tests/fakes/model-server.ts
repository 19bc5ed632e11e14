import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { catalogue } from './model-catalogue.ts';

/**
 * What the server does with a chat. `hang`: never begins; `stall`: stops after half; `break`: closes after half, in the
 * middle of a line; `end-early`: ends politely after half; `rubbish`: not the protocol; `empty`: 200 with nothing;
 * `redirect`: to itself; `drop`: closes without an answer; `error-in-stream`: says so as a part; `slow`: the first
 * piece after 3.3 s; a number: that status, with the body in `errorBody`.
 */
export type Behaviour =
  | 'answer'
  | 'hang'
  | 'stall'
  | 'break'
  | 'end-early'
  | 'rubbish'
  | 'empty'
  | 'redirect'
  | 'drop'
  | 'error-in-stream'
  | 'slow'
  | 'think'
  | number;

export type ModelServerOptions = {
  pieces?: readonly string[];
  pieceMs?: number;
  behaviour?: Behaviour;
  /** Behaviours of the first requests, in order; later ones have `behaviour`. */
  first?: readonly Behaviour[];
  errorBody?: unknown;
  port?: number;
  dimensions?: number;
  /** The names of its chat models. */
  chatModels?: readonly string[];
  /** Input with more words than this is refused as too long, as both servers do when they may not cut. */
  maxWords?: number;
  /** Keeps what was asked; off for benchmarks. */
  record?: boolean;
};

export type RecordedRequest = {
  path: string;
  body: Record<string, unknown>;
  headers: IncomingMessage['headers'];
  closedEarly: boolean;
};

export type FakeModelServer = {
  url: string;
  requests: RecordedRequest[];
  /** How many connections were made to it. */
  connections(): number;
  /** Changes what later requests meet. */
  become(options: Partial<ModelServerOptions>): void;
  close(): Promise<void>;
};

/** A small real server that speaks Ollama's own protocol and OpenAI's, well or badly, on loopback. */
export async function startModelServer(given: ModelServerOptions = {}): Promise<FakeModelServer> {
  let options = given;
  const requests: RecordedRequest[] = [];
  const first = [...(given.first ?? [])];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });

  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const body = await readJson(request);
    const recorded: RecordedRequest = { path, body, headers: request.headers, closedEarly: false };
    if (options.record !== false) requests.push(recorded);
    response.on('close', () => {
      recorded.closedEarly = !response.writableFinished;
    });
    if (path === '/api/chat' || path === '/v1/chat/completions') {
      const behaviour = first.shift() ?? options.behaviour ?? 'answer';
      await chat(response, path === '/api/chat', body, behaviour, options);
    } else if (path === '/api/embed' || path === '/v1/embeddings') {
      const behaviour = first.shift() ?? options.behaviour ?? 'answer';
      await embed(response, path === '/api/embed', body, behaviour, options);
    } else if (!misbehaved(response, quietly(options.behaviour), options)) {
      const told = catalogue(path, body, options.chatModels);
      if (told === 'well') response.writeHead(200).end();
      else json(response, told ? 200 : 404, told ?? { detail: 'Not Found' });
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(given.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    become(changed) {
      options = { ...options, ...changed };
      if (changed.first) first.splice(0, first.length, ...changed.first);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Of the behaviours only some befall what it says about itself. */
const quietly = (behaviour?: Behaviour): Behaviour =>
  typeof behaviour === 'number' || behaviour === 'rubbish' || behaviour === 'hang' ? behaviour : 'answer';

/** Gives true when the behaviour was one without an answer. */
function misbehaved(response: ServerResponse, behaviour: Behaviour, options: ModelServerOptions): boolean {
  if (behaviour === 'hang') return true;
  if (behaviour === 'drop') response.destroy();
  else if (behaviour === 'redirect') response.writeHead(307, { location: '/elsewhere' }).end();
  else if (behaviour === 'rubbish')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the proxy\n</html>');
  else if (behaviour === 'empty') response.writeHead(200).end();
  else if (typeof behaviour === 'number') json(response, behaviour, options.errorBody ?? { error: 'it failed' });
  else return false;
  return true;
}

async function chat(
  response: ServerResponse,
  native: boolean,
  body: Record<string, unknown>,
  behaviour: Behaviour,
  options: ModelServerOptions,
): Promise<void> {
  if (misbehaved(response, behaviour, options)) return;
  const { pieces = ['Forty-eight ', 'hours ', '[1].'], pieceMs = 5 } = options;
  const words = behaviour === 'think' ? ['<think>', 'hmm, the ', 'SOP</thi', 'nk>\n\n', ...pieces] : pieces;
  const half = Math.ceil(words.length / 2);
  const model = String(body.model ?? 'stub-chat');
  const line = native ? ollamaLine : openAiLine;
  response.writeHead(200, { 'content-type': native ? 'application/x-ndjson' : 'text/event-stream' });
  response.flushHeaders();
  if (!native) response.write(line(model, ''));
  if (behaviour === 'slow') await pause(3_300);
  for (const [index, piece] of words.entries()) {
    if (index > 0) await pause(pieceMs);
    if (response.destroyed) return;
    if (index === half && behaviour === 'stall') return;
    if (index === half && behaviour === 'end-early') return void response.end();
    if (index === half && behaviour === 'break') {
      response.write(line(model, piece).slice(0, 20));
      await pause(20);
      return void response.destroy();
    }
    if (index === half && behaviour === 'error-in-stream') {
      const error = native
        ? '{"error":"llama runner terminated"}\n'
        : 'data: {"error":{"message":"engine died","type":"x","code":500}}\n\n';
      return void response.end(error);
    }
    response.write(line(model, piece));
  }
  response.end(native ? ollamaEnd(model, words.length) : openAiEnd(model, words.length));
}

const ollamaLine = (model: string, content: string) =>
  `${JSON.stringify({ model, created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, done: false })}\n`;
const ollamaEnd = (model: string, count: number) =>
  `${JSON.stringify({ model, created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 100, eval_count: count })}\n`;
const chunk = (model: string, rest: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, ...rest })}\n\n`;
const openAiLine = (model: string, content: string) =>
  chunk(model, { choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const openAiEnd = (model: string, count: number) =>
  chunk(model, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
  chunk(model, { choices: [], usage: { prompt_tokens: 100, completion_tokens: count, total_tokens: 100 + count } }) +
  'data: [DONE]\n\n';

async function embed(
  response: ServerResponse,
  native: boolean,
  body: Record<string, unknown>,
  behaviour: Behaviour,
  options: ModelServerOptions,
): Promise<void> {
  if (misbehaved(response, behaviour, options)) return;
  const texts = Array.isArray(body.input) ? body.input.map(String) : [String(body.input)];
  const longest = Math.max(...texts.map((text) => text.split(/\s+/).length));
  const mayCut = native ? body.truncate !== false : body.truncate_prompt_tokens === -1;
  if (options.maxWords !== undefined && longest > options.maxWords && !mayCut)
    return json(
      response,
      400,
      native
        ? { error: 'the input length exceeds the context length' }
        : { error: { message: "This model's maximum context length is exceeded", code: 400 } },
    );
  const vectors = texts.map((text) => Array.from(hashEmbedding(text, options.dimensions)));
  if (native) json(response, 200, { model: body.model, embeddings: vectors });
  else
    json(response, 200, {
      object: 'list',
      model: body.model,
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
}

/** A vector made of the text's words: texts that share words are near, the same text is always the same. */
export function hashEmbedding(text: string, dimensions = 384): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let hash = 2_166_136_261;
    for (let i = 0; i < word.length; i += 1) hash = Math.imul(hash ^ word.charCodeAt(i), 16_777_619);
    for (let k = 0; k < 4; k += 1) {
      hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519) ^ k;
      const at = (hash >>> 0) % dimensions;
      vector[at] = (vector[at] ?? 0) + ((hash >>> 9) & 1 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
