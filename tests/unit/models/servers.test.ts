import { afterEach, expect, test } from 'vitest';
import { checkServer, listModels } from '../../../core/models/servers.ts';
import type { ModelServer } from '../../../core/models/types.ts';
import { type FakeModelServer, startModelServer } from '../../fakes/model-server.ts';

let fake: FakeModelServer | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});
const serverOf = (kind: ModelServer['kind'], baseUrl: string): ModelServer => ({
  id: 's',
  name: 'S',
  kind,
  baseUrl,
  apiKey: null,
});

test('an Ollama that hangs is reported within its limit', async () => {
  fake = await startModelServer({ behaviour: 'hang' });
  const check = await checkServer(serverOf('ollama', fake.url));
  expect(check).toMatchObject({ ok: false, models: 0, problem: 'The model server did not answer in time.' });
  expect(check.latencyMs).toBeLessThan(6_500);
});

test('a server that is away is reported, and found again by the next check', async () => {
  fake = await startModelServer();
  const { url } = fake;
  await fake.close();
  for (let i = 0; i < 4; i += 1)
    expect(await checkServer(serverOf('openai', url))).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/cannot be reached/) as string,
    });
  fake = await startModelServer({ port: Number(new URL(url).port) });
  expect(await checkServer(serverOf('openai', url))).toMatchObject({ ok: true });
});

test('the models of an Ollama are listed with what they are for and their window', async () => {
  fake = await startModelServer();
  expect(await listModels(serverOf('ollama', fake.url))).toEqual([
    { name: 'stub-chat', kind: 'chat', contextTokens: 32_768, sizeBytes: 1_000, reasons: true },
    { name: 'stub-embed', kind: 'embedding', contextTokens: 512, sizeBytes: 500, reasons: false },
  ]);
  expect(await checkServer(serverOf('ollama', fake.url))).toMatchObject({ ok: true, version: '0.17.4', models: 2 });
});

test('the models of a vLLM are listed, its kinds told by their names', async () => {
  fake = await startModelServer();
  expect(await listModels(serverOf('openai', `${fake.url}/v1`))).toEqual([
    { name: 'stub-chat', kind: 'chat', contextTokens: 16_384 },
    { name: 'stub-embed', kind: 'embedding', contextTokens: 256 },
  ]);
  expect(await checkServer(serverOf('openai', fake.url))).toMatchObject({ ok: true, version: '0.32.0', models: 2 });
});
