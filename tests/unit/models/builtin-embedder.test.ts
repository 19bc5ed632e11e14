import { afterAll, expect, test } from 'vitest';
import { builtinEmbedder } from '../../../core/models/builtin-embedder.ts';

const embedder = builtinEmbedder();
afterAll(() => embedder.close());

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  Array.from(a ?? []).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);

test('a question does not wait behind a batch of passages', async () => {
  await embedder.embed(['warm up']);
  const done: string[] = [];
  const passages = embedder
    .embed(Array.from({ length: 30 }, (_, i) => `Passage number ${i} about the cleaning of tanks.`))
    .then(() => done.push('passages'));
  const question = embedder.embed(['How often is the tank cleaned?']).then(() => done.push('question'));
  await Promise.all([passages, question]);
  expect(done).toEqual(['question', 'passages']);
});

test('an aborted batch stops where it is, and later calls work', async () => {
  const stop = new AbortController();
  const batch = embedder.embed(
    Array.from({ length: 200 }, (_, i) => `Passage ${i}`),
    stop.signal,
  );
  stop.abort();
  const started = performance.now();
  await expect(batch).rejects.toBeDefined();
  expect(await embedder.embed(['next'])).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('what means the same is nearer than what does not, at unit length and 512 dimensions', async () => {
  const [question, near, far, empty] = await embedder.embed([
    'How many vacation days do I have?',
    'Employees are entitled to 28 days of paid leave each year.',
    'The autoclave is qualified every twelve months.',
    '',
  ]);
  expect(question).toHaveLength(512);
  expect(Math.hypot(...(question ?? []))).toBeCloseTo(1, 4);
  expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.1);
  expect(empty).toHaveLength(512);
});

test('after it was closed it starts again', async () => {
  const [before] = await embedder.embed(['the same text']);
  await embedder.close();
  const other = builtinEmbedder();
  const [after] = await other.embed(['the same text']);
  await other.close();
  expect(cosine(before, after)).toBeCloseTo(1, 4);
  expect(await embedder.embed(['again', 'and again'])).toHaveLength(2);
});
