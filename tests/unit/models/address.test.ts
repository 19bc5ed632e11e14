import dns from 'node:dns';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isRefusedAddress } from '../../../core/models/address.ts';
import { checkServer, listModels } from '../../../core/models/servers.ts';
import type { ModelServer } from '../../../core/models/types.ts';

const at = (baseUrl: string, kind: ModelServer['kind'] = 'openai'): ModelServer => ({
  id: 's',
  name: 'S',
  kind,
  baseUrl,
  apiKey: 'key-1',
});

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
  vi.restoreAllMocks();
});

describe('a server address cannot reach what only this machine may reach', () => {
  test.each([
    'http://169.254.169.254',
    'http://[fe80::1]:11434',
    'http://[::ffff:169.254.169.254]',
    'http://[2002:a9fe:a9fe::1]',
    'http://[::169.254.169.254]',
    'http://0xa9fea9fe',
    'http://2852039166',
    'http://[fd00:ec2::254]',
    'http://100.100.100.200',
  ])('%s is refused before any connection', async (address) => {
    for (const kind of ['ollama', 'openai'] as const)
      await expect(listModels(at(address, kind))).rejects.toMatchObject({
        code: 'model_rejected',
        message: expect.stringMatching(/not allowed/) as string,
      });
  });

  test('a name that resolves to such an address is refused when it is resolved, whatever else it resolves to', async () => {
    nock.enableNetConnect();
    vi.spyOn(dns, 'lookup').mockImplementation(((
      _name: string,
      _options: unknown,
      done: (error: null, all: dns.LookupAddress[]) => void,
    ) => {
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ]);
    }) as never);
    await expect(listModels(at('http://models.example:11434'))).rejects.toMatchObject({ code: 'model_rejected' });
  });

  test('ordinary private addresses are what model servers have', () => {
    for (const address of ['127.0.0.1', '10.0.0.5', '192.168.1.9', '::1', 'fd12::1', '8.8.8.8'])
      expect(isRefusedAddress(address)).toBe(false);
  });
});

test('a redirect elsewhere is not followed, and the key is not sent there', async () => {
  const elsewhere = nock('http://elsewhere.example').get(/.*/).reply(200, { data: [] });
  nock('http://vllm.example')
    .get('/v1/models')
    .reply(302, undefined, { location: 'http://elsewhere.example/v1/models' });
  expect(await checkServer(at('http://vllm.example'))).toMatchObject({
    ok: false,
    models: 0,
    problem: expect.stringMatching(/another address/) as string,
  });
  expect(elsewhere.isDone()).toBe(false);
});

test.each([
  ['a page instead of JSON', (scope: nock.Scope) => scope.get('/v1/models').reply(200, '<html>secret</html>')],
  ['another shape', (scope: nock.Scope) => scope.get('/v1/models').reply(200, { models: 'secret' })],
  ['an error of vLLM', (scope: nock.Scope) => scope.get('/v1/models').reply(404, { detail: 'Not Found secret' })],
])('a server that answers %s is reported with a sentence of ours', async (_name, stub) => {
  stub(nock('http://vllm.example'));
  const check = await checkServer(at('http://vllm.example/v1'));
  expect(check.ok).toBe(false);
  expect(check.problem).toMatch(/^The model/);
  expect(check.problem).not.toMatch(/secret/);
});
