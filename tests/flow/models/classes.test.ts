import { describe, expect } from 'vitest';
import type { TestApi } from '../../factories/api.ts';
import { aGroup, aPerson, EVERYONE, type TestPerson } from '../../factories/company.ts';
import type { TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { test as onApi } from '../api/api.ts';

const [SMALL, SMALL_REASONING, LARGE, LARGE_REASONING] = ['tiny-plain:3b', 'tiny:3b', 'huge-plain:70b', 'huge:70b'];
const ALL = [SMALL, SMALL_REASONING, LARGE, LARGE_REASONING].toSorted();

type Client = Awaited<ReturnType<TestApi['session']>>;
type Server = { admin: Client; fake: FakeModelServer; idOf(name: string): string };

/** A test with `server`, connected with four models, all of which, later ones too, are given to everyone. */
const test = onApi.extend<{ $file: { server: Server } }>({
  server: [
    async ({ api, ctx }, use) => {
      const fake = await startModelServer({ chatModels: ALL, pieces: ['Yes.'], pieceMs: 0 });
      const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
      const made = await admin.call('POST', '/model-servers', { name: 'Own', kind: 'ollama', baseUrl: fake.url });
      await admin.call('POST', '/grants', { resource: { kind: 'model', id: null }, to: EVERYONE });
      const models = made.body.models as { id: string; name: string }[];
      await use({ admin, fake, idOf: (name) => models.find((model) => model.name === name)!.id });
      await fake.close();
    },
    { scope: 'file' },
  ],
});

/** A group whose members may use only models that have all these classes. */
async function aLimitedGroup(ctx: TestContext, admin: Client, member: TestPerson, ...modelClasses: string[]) {
  const group = await aGroup(ctx, { members: [member] });
  expect((await admin.call('PATCH', `/groups/${group.id}`, { modelClasses })).body).toMatchObject({ modelClasses });
  return group;
}

const usable = async (client: Client): Promise<string[]> =>
  ((await client.call('GET', '/models')).body.items as { name: string }[]).map(({ name }) => name).toSorted();
const ask = (client: Client, model?: string) =>
  client.call('POST', '/ask', { question: 'Is it?', ...(model === undefined ? {} : { model }) });

describe('a group that has only small models', () => {
  test('keeps the others from its members, whoever gave them: in lists, by id, by name and by default', async ({
    api,
    ctx,
    server,
  }) => {
    const [person, free] = [await aPerson(ctx), await aPerson(ctx)];
    await aLimitedGroup(ctx, server.admin, person, 'small');
    const [client, other] = [await api.session(person), await api.session(free)];
    await server.admin.call('PATCH', `/models/${server.idOf(LARGE)}`, { isDefault: true });
    expect(await usable(other)).toEqual(ALL);
    expect(await usable(client)).toEqual([SMALL, SMALL_REASONING].toSorted());
    const direct = { resource: { kind: 'model', id: server.idOf(LARGE) }, to: { kind: 'person', id: person.id } };
    expect((await server.admin.call('POST', '/grants', direct)).status).toBe(201);
    expect(await usable(client)).not.toContain(LARGE);

    const asked = server.fake.requests.length;
    for (const model of [server.idOf(LARGE), LARGE, server.idOf(LARGE_REASONING)])
      expect(await ask(client, model)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(server.fake.requests.slice(asked).filter(({ path }) => path === '/api/chat')).toEqual([]);
    expect((await ask(client)).body.model).toMatch(/^tiny/);
    expect((await ask(client, SMALL)).body.model).toBe(SMALL);
    expect((await ask(other)).body.model).toBe(LARGE);
  });

  test('limits its members although another group of theirs limits nothing', async ({ api, ctx, server }) => {
    const person = await aPerson(ctx);
    await aGroup(ctx, { members: [person] });
    await aLimitedGroup(ctx, server.admin, person, 'small');
    expect(await usable(await api.session(person))).toEqual([SMALL, SMALL_REASONING].toSorted());
  });

  test('limits what a server brings later, and what is classed anew, at the next look', async ({
    api,
    ctx,
    server,
  }) => {
    const person = await aPerson(ctx);
    await aLimitedGroup(ctx, server.admin, person, 'small');
    const client = await api.session(person);
    const later = await startModelServer({ chatModels: ['late-plain:70b', 'late-plain:7b'] });
    const body = { name: 'Later', kind: 'ollama', baseUrl: later.url };
    const made = await server.admin.call('POST', '/model-servers', body);
    try {
      const small = made.body.models.find(({ name }: { name: string }) => name === 'late-plain:7b');
      expect(await usable(client)).toEqual(['late-plain:7b', SMALL, SMALL_REASONING].toSorted());
      await server.admin.call('PATCH', `/models/${small.id}`, { classes: ['large'] });
      expect(await usable(client)).toEqual([SMALL, SMALL_REASONING].toSorted());
    } finally {
      await server.admin.call('DELETE', `/model-servers/${made.body.id}`);
      await later.close();
    }
  });
});

test('limits of several groups intersect, and end with the limit or the membership', async ({ api, ctx, server }) => {
  const { admin } = server;
  const person = await aPerson(ctx);
  const client = await api.session(person);
  const reasoning = await aLimitedGroup(ctx, admin, person, 'reasoning');
  expect(await usable(client)).toEqual([SMALL_REASONING, LARGE_REASONING].toSorted());
  const large = await aLimitedGroup(ctx, admin, person, 'large');
  expect(await usable(client)).toEqual([LARGE_REASONING]);
  await admin.call('DELETE', `/groups/${reasoning.id}/members/${person.id}`);
  expect(await usable(client)).toEqual([LARGE, LARGE_REASONING].toSorted());
  await admin.call('PATCH', `/groups/${large.id}`, { modelClasses: ['large', 'reasoning'] });
  expect(await usable(client)).toEqual([LARGE_REASONING]);
  await admin.call('PATCH', `/groups/${large.id}`, { modelClasses: [] });
  expect(await usable(client)).toEqual(ALL);
});

test('who is left without any model is answered from the documents alone, and no model hears the question', async ({
  api,
  ctx,
  server,
}) => {
  const person = await aPerson(ctx);
  await aLimitedGroup(ctx, server.admin, person, 'small');
  await aLimitedGroup(ctx, server.admin, person, 'large');
  const client = await api.session(person);
  const asked = server.fake.requests.length;
  expect(await usable(client)).toEqual([]);
  expect((await ask(client)).body).toMatchObject({ model: 'extractive' });
  expect(server.fake.requests.slice(asked)).toEqual([]);
});
