import net from 'node:net';
import { describe, expect } from 'vitest';
import { removeMember } from '../../../core/access/members.ts';
import { deleteGrant } from '../../../core/access/grants.ts';
import { deactivatePerson } from '../../../core/access/people.ts';
import { changePermissionRules } from '../../../core/access/permission-rules.ts';
import { newId } from '../../../core/ids.ts';
import { deleteKnowledgeBase } from '../../../core/knowledge/knowledge-bases.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import { routes } from '../../../portal/api/routes.ts';
import { anApi, eventsOf, type Client, type TestApi } from '../../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPassage, aPerson, OPERATOR, toGroup } from '../../factories/company.ts';
import { aContext, type TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { test as onDatabase, type FreshDatabase } from '../../setup/database.ts';

type Node = { ctx: TestContext; api: TestApi };
type Nodes = { here: Node; there: Node };

const REDIS = process.env['REDIS_URL'];
const QUESTION = 'At how many degrees are the cryo samples kept?';
const CANARY = 'minus 61 degrees';
const JSON_BODY = { 'Content-Type': 'application/json' };

async function aNode(database: FreshDatabase, settings: Record<string, string> = {}): Promise<Node> {
  const ctx = await aContext(database, { settings });
  return { ctx, api: await anApi(ctx) };
}

async function stop({ ctx, api }: Node): Promise<void> {
  await api.stop();
  await ctx.close();
}

/** A model that goes on for as long as anybody listens. */
async function anEndlessModel({ ctx }: Node): Promise<FakeModelServer> {
  const pieces = Array.from({ length: 20_000 }, () => 'cold [1] ');
  const server = await startModelServer({ pieces, pieceMs: 50, record: false });
  const row = await putEnvironmentServer(ctx.pool, { id: newId(), name: 'stub', kind: 'ollama', baseUrl: server.url });
  const model = { name: 'stub-chat', kind: 'chat', contextTokens: 8_192, classes: [], isDefault: true } as const;
  const put = await putModel(ctx.pool, { id: newId(), serverId: row!.id, ...model });
  await grantModelToEveryone(ctx.pool, newId(), put!.id);
  return server;
}

const test = onDatabase.extend<{ $file: { nodes: Nodes } }>({
  nodes: [
    async ({ database }, use) => {
      const [here, there] = [await aNode(database), await aNode(database)];
      const model = await anEndlessModel(here);
      await use({ here, there });
      await Promise.all([stop(here), stop(there)]);
      await model.close();
    },
    { scope: 'file' },
  ],
});

/** Somebody who may read one passage by way of a group's grant, with a browser and a program at the other node. */
async function aReader({ here, there }: Nodes) {
  const { ctx } = here;
  const person = await aPerson(ctx);
  const group = await aGroup(ctx, { members: [person] });
  const base = await aKnowledgeBase(ctx);
  const grant = await aGrant(ctx, base, toGroup(group));
  const passage = await aPassage(ctx, base, { text: `# Freezers\n\nThe cryo samples are kept at ${CANARY}.` });
  const clients = [await there.api.session(person), await there.api.key(person, 'all')];
  return { ctx, person, group, base, grant, passage, clients };
}
type Reader = Awaited<ReturnType<typeof aReader>>;

const ask = (client: Client, { base }: Reader, signal?: AbortSignal) =>
  client.raw('POST', '/ask', {
    body: JSON.stringify({ question: QUESTION, knowledgeBaseIds: [base.id], stream: true }),
    headers: JSON_BODY,
    ...(signal ? { signal } : {}),
  });

/** Every answer that could give the passage away, as text. */
async function allThatIsSaid(client: Client, { base, passage }: Reader, conversation: string): Promise<string[]> {
  const asked = await ask(client, { base } as Reader);
  await asked.body?.cancel();
  const answers = await Promise.all([
    client.call('POST', '/search', { query: QUESTION }),
    client.call('GET', `/passages/${passage.passageId}`),
    client.call('GET', `/documents/${passage.documentId}`),
    client.call('GET', `/documents/${passage.documentId}/file`).catch(() => ({ status: 200, body: CANARY })),
    client.call('GET', `/knowledge-bases/${base.id}/documents`),
    client.call('GET', `/conversations/${conversation}/messages`),
  ]);
  return [`${asked.status}`, ...answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)];
}

/** Asks, lets the answer begin, and goes away: what was said so far is kept. Gives the conversation. */
async function askedBefore(client: Client, reader: Reader): Promise<string> {
  const gone = new AbortController();
  const response = await ask(client, reader, gone.signal);
  await eventsOf(response, (events) => events.some(({ type }) => type === 'text'));
  const id = response.headers.get('gatehouse-conversation-id')!;
  gone.abort();
  const kept = async () => (await client.call('GET', `/conversations/${id}/messages`)).body.items.length;
  await expect.poll(kept, { timeout: 60_000 }).toBe(2);
  return id;
}

const WAYS: Record<string, (reader: Reader) => Promise<unknown>> = {
  'a grant that is taken back': ({ ctx, grant }) => deleteGrant(ctx, OPERATOR, grant.id),
  'a grant that ends': ({ ctx, grant }) =>
    ctx.db.grant.update({ where: { id: grant.id }, data: { expiresAt: new Date(Date.now() - 1) } }),
  'a membership that ends': ({ ctx, group, person }) => removeMember(ctx, OPERATOR, group.id, person.id),
  'a person who is deactivated': ({ ctx, person }) => deactivatePerson(ctx, OPERATOR, person.id),
  'a knowledge base that is deleted': ({ ctx, base }) => deleteKnowledgeBase(ctx, base.id, OPERATOR),
};

async function isGoneAtOnce(nodes: Nodes, revoke: (reader: Reader) => Promise<unknown>): Promise<void> {
  const reader = await aReader(nodes);
  const conversations: string[] = [];
  for (const client of reader.clients) {
    const conversation = await askedBefore(client, reader);
    conversations.push(conversation);
    const said = await allThatIsSaid(client, reader, conversation);
    expect(said.filter((each) => each.startsWith('200'))).toHaveLength(said.length);
  }
  await revoke(reader);
  // Not after a while: there is nothing on the other node that would have to hear of it first.
  for (const [index, client] of reader.clients.entries()) {
    const said = await allThatIsSaid(client, reader, conversations[index]!);
    expect(said.join('\n')).not.toContain(CANARY);
    expect(said[0]).toMatch(/^40[14]$/);
  }
}

/** What runs on for a reader, by the call that begins it. Gives its events up to the end. */
const STREAMS: Record<string, (client: Client, reader: Reader, begun: () => void) => Promise<any[]>> = {
  'POST /ask': async (client, reader, begun) =>
    eventsOf(await ask(client, reader), (events) => {
      if (events.some(({ type }) => type === 'text')) begun();
      return false;
    }),
  'GET /knowledge-bases/{id}/progress': async (client, { base }, begun) =>
    eventsOf(await client.raw('GET', `/knowledge-bases/${base.id}/progress`), (events) => {
      if (events.length > 0) begun();
      return false;
    }),
};

async function endsRunning(nodes: Nodes, revoke: (reader: Reader) => Promise<unknown>): Promise<void> {
  const reader = await aReader(nodes);
  const running = reader.clients.flatMap((client) =>
    Object.values(STREAMS).map((open) => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      return { begun, ended: open(client, reader, resolve) };
    }),
  );
  await Promise.all(running.map(({ begun }) => begun));
  await revoke(reader);
  for (const { ended } of running) {
    const events = await ended;
    expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
    expect(JSON.stringify(events.slice(-1))).not.toContain(CANARY);
  }
}

test('every stream of the API is among those that end', () => {
  const streams = routes.filter(({ call }) => call.streams === 'events' || call.event !== undefined);
  expect(streams.map(({ call: { method, path } }) => `${method} ${path}`).toSorted()).toEqual(
    Object.keys(STREAMS).toSorted(),
  );
});

describe('what one node takes away, another one does not give any more', () => {
  test.for(Object.entries(WAYS))('%s', async ([, revoke], { nodes }) => {
    await isGoneAtOnce(nodes, revoke);
    await endsRunning(nodes, revoke);
  });

  test('chat itself, to whoever may not chat any more', async ({ nodes }) => {
    const reader = await aReader(nodes);
    const revoke = () => changePermissionRules(reader.ctx, OPERATOR, reader.group.id, { 'chat.use': 'deny' });
    const [client] = reader.clients;
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const ended = STREAMS['POST /ask']!(client!, reader, resolve);
    await begun;
    await revoke();
    expect((await ask(client!, reader)).status).toBe(403);
    expect((await ended).at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
  });

  test('what a key or a session opened, that is itself ended', async ({ nodes }) => {
    const reader = await aReader(nodes);
    const { ctx, person, clients } = reader;
    const running = clients.map((client) => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      return { begun, ended: STREAMS['POST /ask']!(client, reader, resolve) };
    });
    await Promise.all(running.map(({ begun }) => begun));
    await ctx.db.apiKey.updateMany({ where: { personId: person.id }, data: { revokedAt: new Date() } });
    await ctx.db.session.deleteMany({ where: { personId: person.id } });
    for (const client of clients) expect((await client.call('POST', '/search', { query: QUESTION })).status).toBe(401);
    for (const { ended } of running)
      expect((await ended).at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
  });
});

describe.skipIf(REDIS === undefined)('with Redis between the nodes (REDIS_URL)', () => {
  const connected = ({ ctx }: Node) => expect.poll(() => ctx.live.state(), { timeout: 30_000 }).toBe('connected');

  test('a word of one reaches the other: whoever says stop here ends what is written there', async ({ nodes }) => {
    const { here, there } = nodes;
    await Promise.all([connected(here), connected(there)]);
    const reader = await aReader(nodes);
    const [client] = reader.clients;
    const same = await here.api.session(reader.person);
    const response = await ask(client!, reader);
    const messageId = response.headers.get('gatehouse-message-id')!;
    let stopping: Promise<unknown> | undefined;
    const events = await eventsOf(response, (sofar) => {
      if (sofar.some(({ type }) => type === 'text')) stopping ??= same.call('POST', `/messages/${messageId}/stop`);
      return false;
    });
    await stopping;
    expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'stopped' });
  });

  test('that is gone, nothing opens up: rights are taken from one node by the other all the same', async ({
    database,
    nodes,
  }) => {
    const between = await aProxy(REDIS!);
    const lonely = await aNode(database, { REDIS_URL: between.url });
    try {
      await connected(lonely);
      await between.close();
      await expect.poll(() => lonely.ctx.live.state(), { timeout: 30_000 }).toBe('unreachable');
      await isGoneAtOnce({ here: nodes.here, there: lonely }, WAYS['a membership that ends']!);
      await endsRunning({ here: lonely, there: nodes.there }, WAYS['a grant that is taken back']!);
      await endsRunning({ here: nodes.here, there: lonely }, WAYS['a person who is deactivated']!);
    } finally {
      await stop(lonely);
      await between.close();
    }
  });
});

/** Redis by another address, which can be taken away. */
async function aProxy(to: string): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((from) => {
    const onward = net.connect(Number(port || 6_379), hostname);
    for (const [one, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => (other.destroy(), sockets.delete(one)));
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(to);
  url.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    url: url.toString(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
