import { afterAll, beforeAll, describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import { CONVERSATION_ID_HEADER, MESSAGE_ID_HEADER } from '../../../portal/contract/ask.ts';
import { eventsOf, type TestApi } from '../../factories/api.ts';
import { aKnowledgeBase, aPassage, aPerson } from '../../factories/company.ts';
import type { TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { test as withApi } from './api.ts';

let server: FakeModelServer;
beforeAll(async () => {
  server = await startModelServer({ behaviour: 'end-early', pieces: ['Kept ', 'at ', 'minus 60 ', '[1].'] });
});
afterAll(() => server.close());

const test = withApi.extend<{ $file: { model: void } }>({
  model: [
    async ({ ctx }, use) => {
      const model = { name: 'stub-chat', kind: 'chat', contextTokens: 8_192, classes: [], isDefault: true } as const;
      const at = { id: newId(), name: 'stub', kind: 'ollama', baseUrl: server.url };
      const row = await putEnvironmentServer(ctx.pool, at);
      const put = await putModel(ctx.pool, { id: newId(), serverId: row!.id, ...model });
      await grantModelToEveryone(ctx.pool, newId(), put!.id);
      await use();
    },
    { scope: 'file', auto: true },
  ],
});

const question = 'At how many degrees are the cryo samples kept?';

async function anAsker(ctx: TestContext, api: TestApi) {
  const asker = await aPerson(ctx);
  const base = await aKnowledgeBase(ctx, { ownedBy: asker });
  await aPassage(ctx, base, { text: '# Freezers\n\nThe cryo samples are kept at minus 60 degrees.' });
  const client = await api.session(asker);
  const ask = (more: Record<string, unknown> = {}) =>
    client.raw('POST', '/ask', {
      body: JSON.stringify({ question, ...more }),
      headers: { 'Content-Type': 'application/json' },
    });
  const turns = async (conversationId: string) =>
    (await client.call('GET', `/conversations/${conversationId}/messages`)).body.items.map((each: any) => each.outcome);
  return { ask, turns };
}

describe('an answer that fails', () => {
  test('before it began names no conversation: there is none', async ({ api, ctx }) => {
    const { ask } = await anAsker(ctx, api);
    for (const refused of [
      await ask({ conversationId: newId() }),
      await ask({ model: 'none-of-mine', stream: true }),
    ]) {
      expect(refused.status).toBe(404);
      expect(refused.headers.get(CONVERSATION_ID_HEADER)).toBeNull();
    }
  });

  test('as a stream says in which conversation it was, so that the next question goes on there', async ({
    api,
    ctx,
  }) => {
    const { ask, turns } = await anAsker(ctx, api);
    const stream = await ask({ stream: true });
    const conversationId = stream.headers.get(CONVERSATION_ID_HEADER);
    const last = (await eventsOf(stream)).at(-1);
    expect(last).toMatchObject({ type: 'failed', code: 'model_broke_off', conversationId: expect.any(String) });
    expect(conversationId).toBe(last.conversationId);
    await eventsOf(await ask({ stream: true, conversationId }));
    expect(await turns(last.conversationId)).toEqual([null, 'failed', null, 'failed']);
  });

  test('as JSON says it in a header, as every answer does', async ({ api, ctx }) => {
    const { ask, turns } = await anAsker(ctx, api);
    const failed = await ask();
    expect(failed.status).toBe(502);
    expect(await failed.json()).toMatchObject({ code: 'model_broke_off' });
    const conversationId = failed.headers.get(CONVERSATION_ID_HEADER);
    server.become({ behaviour: 'answer' });
    const answered = await ask({ conversationId });
    server.become({ behaviour: 'end-early' });
    expect(answered.headers.get(CONVERSATION_ID_HEADER)).toBe(conversationId);
    const body: any = await answered.json();
    expect(body).toMatchObject({ conversationId, messageId: answered.headers.get(MESSAGE_ID_HEADER) });
    expect(await turns(conversationId!)).toEqual([null, 'failed', null, 'answered']);
  });
});

test('the documentation names these headers and the field', async ({ api }) => {
  const document: any = await (await fetch(`${api.url}/api/openapi.json`)).json();
  const { headers } = document.paths['/ask'].post.responses['200'];
  expect(Object.keys(headers).toSorted()).toEqual([CONVERSATION_ID_HEADER, MESSAGE_ID_HEADER]);
  const failed = document.components.schemas.AnswerEvent.oneOf.find(
    (each: any) => each.properties.type.const === 'failed',
  );
  expect(failed.required).toContain('conversationId');
});
