import { expect } from 'vitest';
import { accessInChat } from '../../../core/conversation/access-in-chat.ts';
import type { Context } from '../../../core/context.ts';
import { newId } from '../../../core/ids.ts';
import { aGrant, aKnowledgeBase, aPerson, toPerson } from '../../factories/company.ts';
import { test } from '../api/api.ts';

async function aFindable(ctx: Context, name: string) {
  const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx), name });
  await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
  return base;
}
const saidBy = async (ctx: Context, { id }: { id: string }, text: string) =>
  accessInChat(ctx, { personId: id, surface: 'slack' }, text, 'de');

test('words about access that name no knowledge base to be found are a question', async ({ ctx }) => {
  const labour = `Labor ${newId()}`;
  const [asker, reader] = [await aPerson(ctx), await aPerson(ctx)];
  const base = await aFindable(ctx, labour);
  await aGrant(ctx, base, toPerson(reader));
  const hidden = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
  for (const text of [
    `Zugang zum ${labour}: was muss ich beachten?`,
    'Zugang zum Werk: was muss ich beachten?',
    `access ${hidden.name}: because I am curious`,
    `access ${labour.slice(0, -1)}: because I am curious`,
  ])
    expect(await saidBy(ctx, asker, text), text).toBeNull();
  expect(await saidBy(ctx, reader, `access ${labour}: what do I have to know?`)).toBeNull();
  expect(await ctx.db.accessRequest.count({ where: { personId: asker.id } })).toBe(0);
});

test('the whole name asks, among many like it and in other letters; a reason that says nothing is asked for again', async ({
  ctx,
}) => {
  const name = `Line ${newId()}`;
  const asker = await aPerson(ctx);
  for (let count = 0; count < 17; count += 1) await aFindable(ctx, `${String(count).padStart(2, '0')} ${name}`);
  const base = await aFindable(ctx, name);
  for (const reason of ['', 'please', 'x'.repeat(501)])
    expect(await saidBy(ctx, asker, `access ${name}: ${reason}`)).toContain('in 10 bis 500 Zeichen');
  expect(await ctx.db.accessRequest.count({ where: { personId: asker.id } })).toBe(0);
  expect(await saidBy(ctx, asker, `ZUGANG ${name.toUpperCase()}: the audit begins on Monday`)).toContain(name);
  expect(await ctx.db.accessRequest.findMany({ where: { personId: asker.id } })).toMatchObject([
    { knowledgeBaseId: base.id, reason: 'the audit begins on Monday' },
  ]);
});
