import { describe, expect } from 'vitest';
import type { Actor } from '../../../core/access/actor.ts';
import { newId } from '../../../core/ids.ts';
import { updateModel } from '../../../core/models/administration.ts';
import { disconnectServer } from '../../../core/models/disconnect.ts';
import { aKnowledgeBase, aPerson, OPERATOR } from '../../factories/company.ts';
import { test, type TestContext } from '../../factories/context.ts';

type Named = { name: string; kind: 'chat' | 'embedding'; isDefault?: boolean };

/** A server as the portal connected it, with these models; whether it answers does not matter here. */
async function aServer(ctx: TestContext, kind: 'ollama' | 'openai', ...models: Named[]) {
  const [id, name] = [newId(), `Server ${newId()}`];
  await ctx.db.modelServer.create({ data: { id, name, kind, baseUrl: 'http://127.0.0.1:4498' } });
  const ids = models.map(() => newId());
  for (const [index, model] of models.entries())
    await ctx.db.model.create({ data: { id: ids[index]!, serverId: id, classes: [], ...model } });
  return { id, models: ids };
}

const there = (ctx: TestContext, { id }: { id: string }) => ctx.db.modelServer.count({ where: { id } });

describe('a model server whose model is the default', () => {
  test('stays until another one is the default, and the refusal says so by name', async ({ ctx }) => {
    const by: Actor = { personId: (await aPerson(ctx, { role: 'admin' })).id, surface: 'portal' };
    const holder = await aServer(ctx, 'ollama', { name: 'answers-now', kind: 'chat', isDefault: true });
    const other = await aServer(ctx, 'openai', { name: 'answers-then', kind: 'chat' });
    await expect(disconnectServer(ctx, by, holder.id)).rejects.toMatchObject({
      code: 'default_needed',
      message: expect.stringMatching(/answers-now.*another chat model the default first/),
    });
    expect(await there(ctx, holder)).toBe(1);

    await updateModel(ctx, by, other.models[0]!, { isDefault: true });
    await disconnectServer(ctx, by, holder.id);
    expect(await there(ctx, holder)).toBe(0);
    expect(await ctx.db.model.findMany({ where: { isDefault: true }, select: { name: true } })).toEqual([
      { name: 'answers-then' },
    ]);

    // The last one may go: from then on answers quote the documents. That there is no default is recorded.
    await disconnectServer(ctx, by, other.id);
    const recorded = await ctx.db.auditEntry.findFirstOrThrow({ where: { subjectId: other.id } });
    expect(recorded).toMatchObject({ actorId: by.personId, detail: { noDefaultAfter: 'answers-then' } });
  });
});

describe('a model server by whose model knowledge bases are searched', () => {
  test('stays as long as no other server of its kind has that model', async ({ ctx }) => {
    const wanted = { name: `embeds-${newId()}`, kind: 'embedding' } as const;
    const [holder, foreign] = [await aServer(ctx, 'ollama', wanted), await aServer(ctx, 'openai', wanted)];
    const base = await aKnowledgeBase(ctx);
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { embeddingModel: `ollama:${wanted.name}` } });
    await disconnectServer(ctx, OPERATOR, foreign.id);
    await expect(disconnectServer(ctx, OPERATOR, holder.id)).rejects.toMatchObject({
      code: 'still_needed',
      message: expect.stringMatching(new RegExp(`^1 knowledge base .*${wanted.name}`)),
    });
    expect(await there(ctx, holder)).toBe(1);
    await aServer(ctx, 'ollama', wanted);
    await disconnectServer(ctx, OPERATOR, holder.id);
    expect(await there(ctx, holder)).toBe(0);
  });
});
