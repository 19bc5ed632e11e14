import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect } from 'vitest';
import { routes } from '../../../portal/api/routes.ts';
import { eventsOf } from '../../factories/api.ts';
import { aKnowledgeBase, aPassage, aPerson, EVERYONE } from '../../factories/company.ts';
import { test } from './api.ts';

async function aServer(listener: RequestListener): Promise<{ url: string; stop(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** As much of Ollama as is asked here: one chat model, whose answer never ends. */
const endlessOllama: RequestListener = (request, response) => {
  if (request.url === '/api/tags')
    return void response.setHeader('Content-Type', 'application/json').end(
      JSON.stringify({
        models: [{ name: 'endless:1b', model: 'endless:1b', size: 1e9, details: { family: 'llama' } }],
      }),
    );
  if (request.url === '/api/show')
    return void response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ capabilities: ['completion'], details: {}, model_info: {} }));
  if (request.url !== '/api/chat') return void response.setHeader('Content-Type', 'application/json').end('{}');
  response.setHeader('Content-Type', 'application/x-ndjson');
  const timer = setInterval(
    () =>
      response.write(
        `${JSON.stringify({ model: 'endless:1b', message: { role: 'assistant', content: 'cold [1] ' }, done: false })}\n`,
      ),
    20,
  );
  response.on('close', () => clearInterval(timer));
};

describe('every answer', () => {
  test('carries headers that let in nothing from outside, and says no more about the server', async ({ api }) => {
    const { headers } = await api.anonymous.raw('GET', '/installation');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is in the documentation, which is made from the same contracts and loads nothing', async ({ api }) => {
    const document: any = await (await api.anonymous.raw('GET', '/api/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const documented = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(documented.toSorted()).toEqual(
      routes.map(({ call }) => `${call.method.toLowerCase()} ${call.path}`).toSorted(),
    );
    expect(document.paths['/ask'].post.responses['200'].content).toHaveProperty('text/event-stream');
    expect(document.components.schemas).toHaveProperty('Citation');
    const page = await (await api.anonymous.raw('GET', '/api/docs')).text();
    expect(page).toContain('/api/v1/knowledge-bases/{id}/documents');
    expect(page).not.toMatch(/<script|src=|https?:\/\/(?!localhost)/);
  });
});

test('health says that the process lives, ready how each part is', async ({ api }) => {
  expect((await api.anonymous.call('GET', '/api/../health')).body).toEqual({ status: 'ok' });
  const ready = () => api.anonymous.call('GET', '/api/../ready');
  await expect.poll(async () => (await ready()).status, { timeout: 20_000, interval: 200 }).toBe(200);
  const { body } = await ready();
  expect(body.ready).toBe(true);
  const states = new Map(body.components.map((component: any) => [component.name, component.state]));
  for (const name of ['database', 'files', 'live']) expect(states.get(name), name).toBe('ok');
  // No server, or those that other tests of this file connected and ended: questions get through all the same.
  expect(states.get('models')).toBe('degraded');
});

describe('model servers', () => {
  test('at an address that a cloud keeps its secrets at are refused, and a key never comes back', async ({
    api,
    ctx,
  }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const refused = await admin.call('POST', '/model-servers', {
      name: 'Metadata',
      kind: 'openai',
      baseUrl: 'http://169.254.169.254/latest',
    });
    expect(refused.body.code).toBe('model_rejected');
    expect(
      (await admin.call('POST', '/model-servers', { name: 'Not http', kind: 'openai', baseUrl: 'file:///etc/passwd' }))
        .status,
    ).toBe(400);
    const open = await admin.call('POST', '/model-servers', {
      name: 'Open',
      kind: 'ollama',
      baseUrl: 'http://me:a-secret-password@127.0.0.1:4499',
    });
    expect(open).toMatchObject({ status: 400, body: { detail: expect.stringContaining('its own field') } });
    const silent = await admin.call('POST', '/model-servers', {
      name: 'Silent',
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:4499',
      apiKey: 'a-secret-key',
    });
    expect(silent).toMatchObject({ status: 201, body: { hasApiKey: true, models: [] } });
    expect(JSON.stringify((await admin.call('GET', '/model-servers')).body)).not.toMatch(/a-secret/);
    const test = await admin.call('POST', `/model-servers/${silent.body.id}/test`);
    expect(test.body).toMatchObject({ reachable: false, message: expect.any(String), models: [] });
    const stored = await ctx.db.modelServer.findUniqueOrThrow({ where: { id: silent.body.id } });
    expect(Buffer.from(stored.apiKeySealed!).toString('latin1')).not.toContain('a-secret-key');
    expect((await admin.call('DELETE', `/model-servers/${silent.body.id}`)).status).toBe(204);
  });

  test('bring models that start private, may then be used, and whose answer stops when its asker says so', async ({
    api,
    ctx,
  }) => {
    const ollama = await aServer(endlessOllama);
    try {
      const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
      const asker = await aPerson(ctx);
      const client = await api.session(asker);
      const made = await admin.call('POST', '/model-servers', { name: 'Endless', kind: 'ollama', baseUrl: ollama.url });
      const [model] = made.body.models;
      expect(model).toMatchObject({ name: 'endless:1b', kind: 'chat', classes: ['small'], isDefault: true });
      expect((await client.call('GET', '/models')).body.items).toEqual([]);
      expect((await admin.call('GET', '/models')).body.items).toEqual([]);
      await admin.call('POST', '/grants', { resource: { kind: 'model', id: model.id }, to: EVERYONE });
      expect((await client.call('GET', '/models')).body.items).toMatchObject([
        { id: model.id, server: 'Endless', isDefault: true },
      ]);
      expect((await admin.call('PATCH', `/models/${model.id}`, { classes: ['large'] })).body.classes).toEqual([
        'large',
      ]);

      const base = await aKnowledgeBase(ctx, { ownedBy: asker });
      await aPassage(ctx, base, { text: 'The cold room is cold.' });
      const ask = () =>
        client.raw('POST', '/ask', {
          body: JSON.stringify({ question: 'Is the cold room cold?', stream: true }),
          headers: { 'Content-Type': 'application/json' },
        });
      const stream = await ask();
      const messageId = stream.headers.get('gatehouse-message-id')!;
      const stranger = await api.session(await aPerson(ctx));
      await stranger.call('POST', `/messages/${messageId}/stop`);
      let stopping: Promise<unknown> | undefined;
      const events = await eventsOf(stream, (sofar) => {
        if (sofar.filter((event) => event.type === 'text').length >= 3)
          stopping ??= client.call('POST', `/messages/${messageId}/stop`);
        return false;
      });
      await stopping;
      expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'stopped' });
      const kept = () => ctx.db.message.findUnique({ where: { id: messageId } });
      expect(await kept()).toMatchObject({ outcome: 'stopped', text: expect.stringContaining('cold') });

      const gone = new AbortController();
      const left = await client.raw('POST', '/ask', {
        body: JSON.stringify({ question: 'Is it cold there?', stream: true }),
        headers: { 'Content-Type': 'application/json' },
        signal: gone.signal,
      });
      const id = left.headers.get('gatehouse-message-id')!;
      gone.abort();
      await expect
        .poll(() => ctx.db.message.findUnique({ where: { id } }), { timeout: 5_000 })
        .toMatchObject({ outcome: 'stopped' });
    } finally {
      ollama.stop();
    }
  });
});
