import { afterAll, beforeAll, describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import { aGroup, aKnowledgeBase, aPassage, aPerson, type TestPerson } from '../../factories/company.ts';
import type { TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { test as withApi } from './api.ts';

let server: FakeModelServer;
beforeAll(async () => {
  server = await startModelServer({ pieces: ['Kept ', 'at ', 'minus 60 ', '[1].'] });
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
const parameters = { temperature: 0.7, topP: 0.9, maxTokens: 50 };

async function anAsker(ctx: TestContext): Promise<TestPerson> {
  const asker = await aPerson(ctx);
  const base = await aKnowledgeBase(ctx, { ownedBy: asker });
  await aPassage(ctx, base, { text: '# Freezers\n\nThe cryo samples are kept at minus 60 degrees.' });
  return asker;
}

const chats = () => server.requests.filter(({ path }) => path === '/api/chat');

describe('the parameters of the model for a question', () => {
  test('are set by nobody without the permission for it, and such a question is not asked at all', async ({
    api,
    ctx,
  }) => {
    const asker = await anAsker(ctx);
    const denied = await anAsker(ctx);
    await aGroup(ctx, { members: [denied], permissions: { 'chat.controls': 'allow' } });
    await aGroup(ctx, { members: [denied], permissions: { 'chat.controls': 'deny' } });
    const before = chats().length;
    for (const client of [await api.session(asker), await api.key(asker, 'ask'), await api.session(denied)])
      expect(await client.call('POST', '/ask', { question, parameters })).toMatchObject({
        status: 403,
        body: { code: 'forbidden', detail: expect.stringContaining('parameters') },
      });
    expect(chats()).toHaveLength(before);
    expect(await ctx.db.conversation.count({ where: { personId: { in: [asker.id, denied.id] } } })).toBe(0);
    // Which of the models that one may use is a matter of grants, not of this permission.
    const chosen = await (await api.session(asker)).call('POST', '/ask', { question, model: 'stub-chat' });
    expect(chosen).toMatchObject({ status: 200, body: { model: 'stub-chat' } });
  });

  test('reach the model for who has it, and are recorded with the question', async ({ api, ctx }) => {
    const asker = await anAsker(ctx);
    await aGroup(ctx, { members: [asker], permissions: { 'chat.controls': 'allow' } });
    const client = await api.key(asker, 'ask');
    expect((await client.call('POST', '/ask', { question, parameters: { temperature: 9 } })).status).toBe(400);
    const { status, body } = await client.call('POST', '/ask', { question, parameters });
    expect(status).toBe(200);
    expect(chats().at(-1)?.body['options']).toMatchObject({ temperature: 0.7, top_p: 0.9, num_predict: 50 });
    const recorded = await ctx.db.auditEntry.findFirstOrThrow({ where: { subjectId: body.messageId } });
    expect(recorded.detail).toMatchObject({ parameters });
  });
});
