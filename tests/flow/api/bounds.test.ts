import { afterAll, beforeAll, describe, expect } from 'vitest';
import { endSession, listSessions } from '../../../core/identity/sessions.ts';
import { newId } from '../../../core/ids.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import { eventsOf } from '../../factories/api.ts';
import { aKnowledgeBase, aPassage, aPerson, type TestPerson } from '../../factories/company.ts';
import type { TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { test } from './api.ts';

let server: FakeModelServer;
beforeAll(async () => {
  server = await startModelServer({ behaviour: 'stall', pieces: ['Kept ', 'at ', 'minus 60 ', '[1].'] });
});
afterAll(() => server.close());

let model: Promise<void> | undefined;
async function withModel(ctx: TestContext): Promise<void> {
  const row = await putEnvironmentServer(ctx.pool, { id: newId(), name: 'stub', kind: 'ollama', baseUrl: server.url });
  const put = await putModel(ctx.pool, {
    id: newId(),
    serverId: row!.id,
    name: 'stub-chat',
    kind: 'chat',
    contextTokens: 8_192,
    classes: [],
    isDefault: true,
  });
  await grantModelToEveryone(ctx.pool, newId(), put!.id);
}

async function anAsker(ctx: TestContext) {
  await (model ??= withModel(ctx));
  const asker = await aPerson(ctx);
  const base = await aKnowledgeBase(ctx, { ownedBy: asker });
  await aPassage(ctx, base, { text: '# Freezers\n\nThe cryo samples are kept at minus 60 degrees.' });
  return { asker, base };
}
const QUESTION = 'At how many degrees are the cryo samples kept?';
const asking = { method: 'POST', body: JSON.stringify({ question: QUESTION, stream: true }) } as const;
const headers = { 'Content-Type': 'application/json' };

describe('a running answer', () => {
  test('ends when the session that asked for it does', async ({ api, ctx }) => {
    const { asker } = await anAsker(ctx);
    const client = await api.session(asker);
    const response = await client.raw('POST', '/ask', { ...asking, headers });
    const events = eventsOf(response);
    for (const { id } of await listSessions(ctx, asker.id)) await endSession(ctx, asker.id, id);
    expect((await events).at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
  }, 20_000);

  test('ends when the key that asked for it is revoked', async ({ api, ctx }) => {
    const { asker } = await anAsker(ctx);
    const client = await api.key(asker, 'ask');
    const response = await client.raw('POST', '/ask', { ...asking, headers });
    const events = eventsOf(response);
    await ctx.db.apiKey.updateMany({ where: { personId: asker.id }, data: { revokedAt: new Date() } });
    expect((await events).at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
  }, 20_000);
});

describe('a tab that is left open', () => {
  const HOUR_MS = 3_600_000;
  /** As if nobody had been there since then. */
  const leave = (ctx: TestContext, asker: TestPerson, hours: number) => {
    const lastSeenAt = new Date(Date.now() - hours * HOUR_MS);
    return ctx.db.session.updateMany({ where: { personId: asker.id }, data: { lastSeenAt } }).then(() => lastSeenAt);
  };
  const seen = async (ctx: TestContext, asker: TestPerson) => (await listSessions(ctx, asker.id))[0]?.lastSeenAt;
  const severalLooks = () => new Promise((resolve) => setTimeout(resolve, 2_500));

  test('is no sign of life: neither its progress, nor what it asks again by itself, nor an answer being written', async ({
    api,
    ctx,
  }) => {
    const { asker, base } = await anAsker(ctx);
    const [client, stop] = [await api.session(asker), new AbortController()];
    const answer = await client.raw('POST', '/ask', { ...asking, headers, signal: stop.signal });
    const left = await leave(ctx, asker, 2);
    const progress = await client.raw('GET', `/knowledge-bases/${base.id}/progress`, { signal: stop.signal });
    for (const path of ['/session', '/knowledge-bases', `/knowledge-bases/${base.id}`])
      expect((await client.call('GET', path)).status).toBe(200);
    await severalLooks();
    expect(await seen(ctx, asker)).toEqual(left);
    expect([answer.status, progress.status]).toEqual([200, 200]);
    stop.abort();
    await client.call('GET', `/knowledge-bases/${base.id}/documents`);
    expect((await seen(ctx, asker))?.getTime()).toBeGreaterThan(left.getTime());
  }, 20_000);

  test('is told nothing more once its session has been idle for too long', async ({ api, ctx }) => {
    const { asker, base } = await anAsker(ctx);
    const client = await api.session(asker);
    const events = eventsOf(await client.raw('GET', `/knowledge-bases/${base.id}/progress`));
    await leave(ctx, asker, ctx.config.SESSION_IDLE_HOURS + 1);
    expect((await events).at(-1)).toMatchObject({ type: 'failed' });
  }, 20_000);
});

describe('one person', () => {
  test('has only so many answers at once; another asks undisturbed, and the places come back', async ({ api, ctx }) => {
    const [{ asker }, { asker: other }] = [await anAsker(ctx), await anAsker(ctx)];
    const [client, stop] = [await api.key(asker, 'ask'), new AbortController()];
    const ask = () => client.raw('POST', '/ask', { ...asking, headers, signal: stop.signal });
    const answers = await Promise.all(Array.from({ length: 14 }, ask));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    for (const { headers: told } of refused) expect(Number(told.get('retry-after'))).toBeGreaterThan(0);
    const others = await (await api.key(other, 'ask')).raw('POST', '/ask', { ...asking, headers, signal: stop.signal });
    expect(others.status).toBe(200);
    stop.abort();
    server.become({ behaviour: 'answer' });
    await expect
      .poll(async () => (await client.call('POST', '/ask', { question: QUESTION })).status, { timeout: 10_000 })
      .toBe(200);
    server.become({ behaviour: 'stall' });
  }, 30_000);

  test('has only so many requests at once, streams of progress among them', async ({ api, ctx }) => {
    const { asker, base } = await anAsker(ctx);
    const [client, stop] = [await api.session(asker), new AbortController()];
    const watch = () => client.raw('GET', `/knowledge-bases/${base.id}/progress`, { signal: stop.signal });
    const statuses = (await Promise.all(Array.from({ length: 36 }, watch))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(32);
    expect(await client.call('GET', '/knowledge-bases')).toMatchObject({
      status: 429,
      body: { code: 'too_many_requests', retryAfterSeconds: 5 },
    });
    stop.abort();
    await expect.poll(async () => (await client.call('GET', '/knowledge-bases')).status, { timeout: 10_000 }).toBe(200);
  }, 30_000);
});

describe('who guesses passwords', () => {
  test('is told for how long it is no use, by a header as well', async ({ api, ctx }) => {
    const { email } = await aPerson(ctx, { password: 'a long enough secret' });
    const guess = () => api.anonymous.call('POST', '/session', { email, password: 'not the secret' });
    for (let tries = 0; tries < 10; tries += 1) expect((await guess()).status).toBe(401);
    const { status, headers: told, body } = await guess();
    expect(status).toBe(429);
    expect(Number(told.get('retry-after'))).toBe(body.retryAfterSeconds);
    expect(body.retryAfterSeconds).toBeGreaterThan(13 * 60);
    expect(body.retryAfterSeconds).toBeLessThanOrEqual(15 * 60);
    expect(body.detail).toMatch(/in 1[45] minutes/);
  }, 30_000);
});

describe('a character that no database keeps', () => {
  test('is refused wherever it stands, not an error of ours', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const cursor = (...parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const [method, path, body] of [
      ['POST', '/session', { email: 'a\0@example.com', password: 'x' }],
      ['POST', '/ask', { question: 'What\0 is kept?' }],
      ['POST', '/groups', { name: 'a\0b' }],
      ['GET', '/people?q=%00'],
      ['GET', `/people?cursor=${cursor('\0', newId())}`],
      ['GET', `/conversations?cursor=${cursor('2024-99-99T99:99:99Z', newId())}`],
    ] as const)
      expect((await admin.call(method, path, body)).status, path).toBe(400);
  });
});
