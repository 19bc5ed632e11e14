import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { type ChatOptions, streamChat } from '../../../core/models/chat.ts';
import type { ChatModel, ModelPart } from '../../../core/models/types.ts';
import { type FakeModelServer, type ModelServerOptions, startModelServer } from '../../fakes/model-server.ts';

const KINDS = ['ollama', 'openai'] as const;
const PATIENT = { firstTokenTimeoutMs: 15_000, idleTimeoutMs: 15_000 };
const PATH = { ollama: '/api/chat', openai: '/v1/chat/completions' };
const MESSAGES = [{ role: 'user', content: 'the secret question' }] as const;

let server: FakeModelServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function aModel(kind: 'ollama' | 'openai', options: ModelServerOptions = {}): Promise<ChatModel> {
  server = await startModelServer(options);
  return modelAt(kind, server.url);
}

const modelAt = (kind: 'ollama' | 'openai', baseUrl: string): ChatModel => ({
  server: { id: 'srv', name: 'Stub', kind, baseUrl, apiKey: 'key-1' },
  name: 'stub-chat',
  contextTokens: 4_096,
});

async function heard(
  model: ChatModel,
  options: Partial<ChatOptions> = {},
): Promise<{ text: string; parts: ModelPart[]; error?: AppError }> {
  const parts: ModelPart[] = [];
  const text = () => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  try {
    for await (const part of streamChat(model, MESSAGES, { ...PATIENT, ...options })) parts.push(part);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text: text(), parts, error };
  }
  return { text: text(), parts };
}

const calls = () => server?.requests.length ?? 0;

describe.each(KINDS)('a chat over %s', (kind) => {
  test('a server that never begins ends in a sentence within the time-out, and the next question works', async () => {
    const model = await aModel(kind, { behaviour: 'hang' });
    const started = performance.now();
    const { error } = await heard(model, { firstTokenTimeoutMs: 500 });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(error).toMatchObject({ code: 'model_timeout' });
    expect(error?.message).toMatch(/did not begin to answer in time/);
    server?.become({ behaviour: 'answer' });
    expect((await heard(model)).text).toBe('Forty-eight hours [1].');
  });

  test('a stall in the middle ends in a sentence, keeps what came and is not asked again', async () => {
    const { text, error } = await heard(await aModel(kind, { behaviour: 'stall' }), { idleTimeoutMs: 500 });
    expect(error).toMatchObject({ code: 'model_stalled' });
    expect(text).toBe('Forty-eight hours ');
    expect(calls()).toBe(1);
  });

  test.each(['break', 'end-early', 'error-in-stream'] as const)(
    'an answer that breaks off (%s) fails after the first word, without another try',
    async (behaviour) => {
      const { text, error } = await heard(await aModel(kind, { behaviour }));
      expect(error).toMatchObject({ code: 'model_broke_off' });
      expect(text).toBe('Forty-eight hours ');
      expect(calls()).toBe(1);
    },
  );

  test.each(['rubbish', 'empty'] as const)(
    'a server that answers nonsense (%s) fails after two tries, and nothing of it is shown or printed',
    async (behaviour) => {
      const printed: unknown[] = [];
      const methods = ['log', 'warn', 'error'] as const;
      const kept = methods.map((method) => console[method]);
      for (const method of methods) console[method] = (...words: unknown[]) => printed.push(words);
      try {
        const { text, error } = await heard(await aModel(kind, { behaviour }));
        expect(['model_bad_answer', 'model_broke_off']).toContain(error?.code);
        expect(text).toBe('');
        expect(`${error?.message}`).not.toMatch(/Welcome/);
        expect(calls()).toBe(2);
        expect(printed).toEqual([]);
      } finally {
        methods.forEach((method, i) => Object.assign(console, { [method]: kept[i] }));
      }
    },
  );

  test.each([
    ['drop', undefined],
    [500, { error: 'something went wrong' }],
    [503, { error: { message: 'loading model', type: 'x', code: 503 } }],
  ] as const)(
    'what fails before the first word (%s) is tried once more, and the answer then comes',
    async (first, errorBody) => {
      const { text, error } = await heard(await aModel(kind, { first: [first], errorBody }));
      expect(error).toBeUndefined();
      expect(text).toBe('Forty-eight hours [1].');
      expect(calls()).toBe(2);
    },
  );

  test.each([
    [404, { error: 'model "x" not found, try pulling it first' }, 'model_not_found', 1],
    [
      404,
      { error: { message: 'model not found', type: 'NotFoundError', param: null, code: 404 } },
      'model_not_found',
      1,
    ],
    [404, { detail: 'Not Found' }, 'model_not_found', 1],
    [
      400,
      { error: { message: 'the secret question is odd', type: 'x', param: null, code: null } },
      'model_rejected',
      1,
    ],
    [400, { error: 'the input length exceeds the context length' }, 'question_too_long', 1],
    [
      400,
      { error: { message: "This model's maximum context length is 4096 tokens", type: 'x', param: null, code: 400 } },
      'question_too_long',
      1,
    ],
    [401, { error: { message: 'Unauthorized' } }, 'model_rejected', 1],
    [501, { error: { code: 501, message: 'not supported', type: 'not_supported_error' } }, 'model_rejected', 1],
    [500, { error: { code: 500, message: 'the secret question', type: 'server_error' } }, 'model_bad_answer', 2],
    [503, { error: 'server busy' }, 'model_unreachable', 2],
  ] as const)('a %i with %j is told as %s', async (status, errorBody, code, tries) => {
    const { error } = await heard(await aModel(kind, { behaviour: status, errorBody }));
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error?.message, error?.details, error?.cause])).not.toMatch(/secret|odd|Unauthorized/);
    expect(calls()).toBe(tries);
  });

  test('a redirect is not followed, and the key does not go there', async () => {
    const { error } = await heard(await aModel(kind, { behaviour: 'redirect' }));
    expect(error).toMatchObject({ code: 'model_rejected' });
    expect(error?.message).toMatch(/another address/);
    expect(server?.requests.map(({ path }) => path)).toEqual([PATH[kind]]);
  });

  test('stopping closes the connection within a second, so the model stops too', async () => {
    const model = await aModel(kind, { pieces: Array.from({ length: 500 }, () => 'word '), pieceMs: 10 });
    const stop = new AbortController();
    const parts: ModelPart[] = [];
    let code: string | undefined;
    try {
      for await (const part of streamChat(model, MESSAGES, { ...PATIENT, signal: stop.signal })) {
        parts.push(part);
        if (parts.length === 5) stop.abort();
      }
    } catch (error) {
      code = error instanceof AppError ? error.code : undefined;
    }
    expect(code).toBe('stopped');
    await expect.poll(() => server?.requests[0]?.closedEarly, { timeout: 3_000 }).toBe(true);
    expect(calls()).toBe(1);
  });

  test('a reader who leaves the loop closes the connection too, also before the first word', async () => {
    const model = await aModel(kind, { pieces: Array.from({ length: 500 }, () => 'word '), pieceMs: 10 });
    for await (const part of streamChat(model, MESSAGES, PATIENT)) if (part.type === 'text') break;
    await expect.poll(() => server?.requests[0]?.closedEarly, { timeout: 3_000 }).toBe(true);
    server?.become({ behaviour: 'hang' });
    const stop = new AbortController();
    const stopped = heard(model, { signal: stop.signal, firstTokenTimeoutMs: 30_000 });
    await expect.poll(calls, { timeout: 10_000 }).toBe(2);
    stop.abort();
    expect((await stopped).error).toMatchObject({ code: 'stopped' });
    await expect.poll(() => server?.requests[1]?.closedEarly, { timeout: 3_000 }).toBe(true);
  });

  test('a server that is away is told at once, and after three questions without a call', async () => {
    const gone = await startModelServer();
    await gone.close();
    const model = modelAt(kind, gone.url);
    for (let i = 0; i < 3; i += 1)
      expect((await heard(model)).error).toMatchObject({
        code: 'model_unreachable',
        details: { reason: 'ECONNREFUSED' },
      });
    expect((await heard(model)).error).toMatchObject({
      code: 'model_unreachable',
      details: { reason: 'known_to_be_away' },
    });
  });

  test('a server that comes back answers the next question', async () => {
    const gone = await startModelServer();
    await gone.close();
    const port = Number(new URL(gone.url).port);
    const model = modelAt(kind, gone.url);
    expect((await heard(model)).error).toMatchObject({ code: 'model_unreachable' });
    server = await startModelServer({ port });
    expect((await heard(model)).text).toBe('Forty-eight hours [1].');
  });

  test('a model that takes long to begin is said to be waking, once, and then answers', async () => {
    const { parts, text } = await heard(await aModel(kind, { behaviour: 'slow' }), {});
    expect(text).toBe('Forty-eight hours [1].');
    expect(parts.filter(({ type }) => type === 'waking')).toHaveLength(1);
  });

  test('words come as they are written, with the counts of the server at the end, and thinking aloud is left out', async () => {
    const model = await aModel(kind, { pieces: ['a', 'b', 'c'], pieceMs: 60 });
    const times: number[] = [];
    const others: ModelPart[] = [];
    for await (const part of streamChat(model, MESSAGES, PATIENT))
      if (part.type === 'text') times.push(performance.now());
      else others.push(part);
    expect(others).toEqual([{ type: 'usage', promptTokens: 100, completionTokens: 3 }]);
    expect(times).toHaveLength(3);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(80);
    server?.become({ behaviour: 'think', pieces: ['The ', 'answer'], pieceMs: 1 });
    expect((await heard(model)).text).toBe('The answer');
  });

  test('one question after another uses one connection', async () => {
    const model = await aModel(kind);
    for (let i = 0; i < 5; i += 1) {
      expect((await heard(model)).text).toBe('Forty-eight hours [1].');
      await pause(20);
    }
    expect(server?.connections()).toBe(1);
  });

  test('a hundred questions at once are all answered', async () => {
    const model = await aModel(kind);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => heard(model, { firstTokenTimeoutMs: 20_000, idleTimeoutMs: 20_000 })),
    );
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['Forty-eight hours [1].']));
  });

  test('a busy server gets no more than its places, and people take turns', async () => {
    const model = await aModel(kind, { pieces: ['x'], pieceMs: 1, first: ['slow'] });
    model.server.maxConcurrent = 1;
    const order: string[] = [];
    const ask = async (asker: string) => {
      await heard(model, { asker, firstTokenTimeoutMs: 20_000, idleTimeoutMs: 20_000 });
      order.push(asker);
    };
    const all = [ask('first')];
    await pause(100);
    all.push(ask('greedy'), ask('greedy'), ask('greedy'), ask('modest'));
    await pause(100);
    expect(calls()).toBe(1);
    await Promise.all(all);
    expect(order).toEqual(['first', 'greedy', 'modest', 'greedy', 'greedy']);
  });

  test('who waits too long for a busy server is told so', async () => {
    const model = await aModel(kind, { behaviour: 'hang' });
    model.server.maxConcurrent = 1;
    const [, second] = await Promise.all([
      heard(model, { firstTokenTimeoutMs: 2_000 }),
      pause(50).then(() => heard(model, { firstTokenTimeoutMs: 200 })),
    ]);
    expect(second.error).toMatchObject({ code: 'too_many_requests' });
  });
});

test('Ollama is asked never to cut the question, not to punish quoting, and always with the same window', async () => {
  const model = await aModel('ollama');
  await heard({ ...model, contextTokens: 131_072 });
  await heard({
    ...model,
    contextTokens: 131_072,
    parameters: { temperature: 0.3, topP: 0.9, maxTokens: 50, repeatPenalty: 1.2 },
  });
  const [first, second] = server?.requests ?? [];
  expect(first?.body).toMatchObject({
    truncate: false,
    think: false,
    stream: true,
    options: { num_ctx: 8_192, repeat_penalty: 1, temperature: 0, num_predict: 1_024 },
  });
  expect(second?.body).toMatchObject({
    options: { num_ctx: 8_192, repeat_penalty: 1.2, temperature: 0.3, top_p: 0.9, num_predict: 50 },
  });
  expect(first?.headers.authorization).toBe('Bearer key-1');
});

test('an OpenAI-compatible server is asked for its counts, with the key, whether its address ends with /v1 or not', async () => {
  const model = await aModel('openai');
  await heard(model);
  model.server.baseUrl += '/v1/';
  await heard(model);
  for (const request of server?.requests ?? []) {
    expect(request.path).toBe('/v1/chat/completions');
    expect(request.body).toMatchObject({ stream: true, stream_options: { include_usage: true }, max_tokens: 1_024 });
    expect(request.headers.authorization).toBe('Bearer key-1');
  }
  expect(calls()).toBe(2);
});

test('log lines carry names and codes, never the question', async () => {
  const lines: string[] = [];
  const log = {
    warn: (fields: Record<string, unknown>, message: string) => lines.push(JSON.stringify([fields, message])),
  };
  await heard(await aModel('ollama', { behaviour: 500, errorBody: { error: 'the secret question' } }), { log });
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join()).toMatch(/model_bad_answer/);
  expect(lines.join()).not.toMatch(/secret/);
});
