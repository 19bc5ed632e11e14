import { expect } from 'vitest';
import { aGrant, aGroup, aKnowledgeBase, aPerson, toGroup } from '../factories/company.ts';
import { newId } from '../../core/ids.ts';
import { test } from '../flow/api/api.ts';

test('who manages something finds no group that they have nothing to do with, unless they know its whole name', async ({
  api,
  ctx,
}) => {
  const [owner, admin] = [await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
  const word = newId().slice(-10);
  const base = await aKnowledgeBase(ctx, { ownedBy: owner });
  const [secret, given] = [await aGroup(ctx, { name: `Merger ${word}` }), await aGroup(ctx, { name: `Given ${word}` })];
  const mine = await aGroup(ctx, { name: `Mine ${word}`, members: [owner] });
  await ctx.db.group.update({ where: { id: secret.id }, data: { description: 'With whom' } });
  await aGrant(ctx, base, toGroup(given));
  const found = async (person: typeof owner, find: string) =>
    (await (await api.session(person)).call('GET', `/directory?q=${encodeURIComponent(find)}`)).body.items;
  expect((await found(owner, word)).map(({ name }: { name: string }) => name)).toEqual([given.name, mine.name]);
  expect(await found(owner, `merger ${word}`)).toEqual([
    { kind: 'group', id: secret.id, name: secret.name, detail: null },
  ]);
  expect((await found(admin, word)).map(({ name }: { name: string }) => name)).toEqual([
    given.name,
    secret.name,
    mine.name,
  ]);
});
