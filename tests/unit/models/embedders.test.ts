import { afterEach, describe, expect, test } from 'vitest';
import { ollamaEmbedder, openAiEmbedder } from '../../../core/models/embedders.ts';
import type { ModelServer } from '../../../core/models/types.ts';
import {
  type FakeModelServer,
  hashEmbedding,
  type ModelServerOptions,
  startModelServer,
} from '../../fakes/model-server.ts';

let fake: FakeModelServer | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

const inputs = () => (fake?.requests ?? []).map(({ body }) => body.input as string[]);
const cosine = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  Array.from(a ?? []).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);

describe.each(['ollama', 'openai'] as const)('embeddings over %s', (kind) => {
  async function anEmbedder(options: ModelServerOptions = {}) {
    fake = await startModelServer(options);
    const server: ModelServer = { id: 'e', name: 'E', kind, baseUrl: fake.url, apiKey: null };
    return kind === 'ollama' ? ollamaEmbedder(server, 'all-minilm') : openAiEmbedder(server, 'all-minilm');
  }

  test.each(['rubbish', 'empty'] as const)('nonsense (%s) is an error, never a vector', async (behaviour) => {
    const embedder = await anEmbedder({ behaviour });
    await expect(embedder.embed(['a', 'b'])).rejects.toMatchObject({ code: 'model_bad_answer' });
  });

  test('a text too long for the model is cut, and nothing else of its batch is lost', async () => {
    const embedder = await anEmbedder({ maxWords: 20 });
    const long = Array.from({ length: 150 }, (_, i) => `word${i}`).join(' ');
    const vectors = await embedder.embed(['first text', long, 'third text']);
    expect(vectors).toHaveLength(3);
    expect(cosine(vectors[0], hashEmbedding('first text'))).toBeCloseTo(1, 4);
    expect(cosine(vectors[2], hashEmbedding('third text'))).toBeCloseTo(1, 4);
    expect(vectors[1]?.length).toBe(384);
    // Ollama is told not to cut, so we do; vLLM cuts by itself.
    const shortest = Math.min(
      ...inputs()
        .flat()
        .filter((text) => text.startsWith('word0'))
        .map(({ length }) => length),
    );
    expect(shortest < long.length).toBe(kind === 'ollama');
  });

  test('vectors have unit length, come in the order of the texts and tell their dimension', async () => {
    const embedder = await anEmbedder();
    expect(embedder.dimensions).toBeNull();
    const texts = Array.from({ length: 150 }, (_, i) => `text number ${i}`);
    const vectors = await embedder.embed(texts);
    expect(embedder.dimensions).toBe(384);
    vectors.forEach((vector, i) => {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect(cosine(vector, hashEmbedding(texts[i] ?? ''))).toBeCloseTo(1, 4);
    });
    expect(
      inputs()
        .map(({ length }) => length)
        .toSorted((a, b) => a - b),
    ).toEqual([22, 64, 64]);
  });

  test('a hundred questions at once cost two calls, and the same question again none', async () => {
    const embedder = await anEmbedder();
    const ask = (i: number) => embedder.embed([`question ${i}`]);
    const vectors = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
    expect(inputs()).toHaveLength(2);
    vectors.forEach(([vector], i) => expect(cosine(vector, hashEmbedding(`question ${i}`))).toBeCloseTo(1, 4));
    await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
    expect(inputs()).toHaveLength(2);
  });

  test('a failed question is asked again, not remembered', async () => {
    const embedder = await anEmbedder({ behaviour: 400 });
    await expect(embedder.embed(['why'])).rejects.toMatchObject({ code: 'model_rejected' });
    fake?.become({ behaviour: 'answer' });
    expect(await embedder.embed(['why'])).toHaveLength(1);
  });

  test('a connection that fails once is tried once more', async () => {
    const embedder = await anEmbedder({ first: ['drop'] });
    expect(await embedder.embed(['a', 'b'])).toHaveLength(2);
    expect(inputs()).toHaveLength(2);
  });

  test('stopping ends the call', async () => {
    const embedder = await anEmbedder({ behaviour: 'hang' });
    const stop = new AbortController();
    const stopped = embedder.embed(['a', 'b'], stop.signal).catch((error: unknown) => error);
    await expect.poll(() => fake?.requests.length, { timeout: 10_000 }).toBe(1);
    stop.abort();
    expect(await stopped).toMatchObject({ code: 'stopped' });
    await expect.poll(() => fake?.requests[0]?.closedEarly, { timeout: 3_000 }).toBe(true);
  });

  test('nothing is asked for no texts', async () => {
    const embedder = await anEmbedder();
    expect(await embedder.embed([])).toEqual([]);
    expect(inputs()).toHaveLength(0);
  });
});

test('a server that does not know how to cut is asked without it from then on', async () => {
  fake = await startModelServer({
    first: [400],
    errorBody: { error: { message: 'unknown field truncate_prompt_tokens' } },
  });
  const embedder = openAiEmbedder({ id: 'e', name: 'E', kind: 'openai', baseUrl: fake.url, apiKey: null }, 'bge-m3');
  expect(await embedder.embed(['a', 'b'])).toHaveLength(2);
  expect(fake.requests.map(({ body }) => body.truncate_prompt_tokens)).toEqual([-1, undefined]);
});
