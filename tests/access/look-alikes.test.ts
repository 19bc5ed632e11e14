import { expect } from 'vitest';
import type { Context } from '../../core/context.ts';
import { keepApart, listLookAlikes } from '../../core/identity/merge/look-alikes.ts';
import { proposeMerge } from '../../core/identity/merge/propose.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { aPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';
import { as, bothConfirm, test, twoOfOne } from './merging.ts';

/** Who stands beside this one, and why. */
const besides = async (ctx: Context, id: string) =>
  (await listLookAlikes(ctx)).flatMap(({ people, likenesses }) =>
    people.some((each) => each.id === id) ? [{ id: people.find((each) => each.id !== id)!.id, likenesses }] : [],
  );

test('people who share nothing, are deactivated, service accounts or the sample’s are no look-alikes', async ({
  ctx,
}) => {
  const email = `${newId()}@example.com`;
  const one = await aPerson(ctx, { name: 'Ada One', email });
  await aPerson(ctx, { name: 'Ada One', email: `${newId()}@example.org` });
  const provider = await aProvider(ctx);
  const others = [];
  for (let n = 0; n < 3; n += 1) others.push((await signOn(ctx, provider, facts({ email }))).person.id);
  const [gone, service, invented] = others as [string, string, string];
  await ctx.db.person.update({ where: { id: gone }, data: { status: 'deactivated' } });
  await ctx.db.person.update({ where: { id: service }, data: { kind: 'service' } });
  await ctx.db.person.update({ where: { id: invented }, data: { fromSample: true } });
  expect(await besides(ctx, one.id)).toEqual([]);
});

test('the same address in any case, and the same name at the same domain, are listed with the reason', async ({
  ctx,
}) => {
  const [here, there] = [await aProvider(ctx), await aProvider(ctx)];
  const address = newId();
  const one = (await signOn(ctx, here, facts({ name: 'Bo Both', email: `${address}@example.com` }))).person;
  const same = (await signOn(ctx, there, facts({ name: 'B. Both', email: `${address.toUpperCase()}@Example.com` })))
    .person;
  const named = (await signOn(ctx, there, facts({ name: 'bo both', email: `${newId()}@EXAMPLE.com` }))).person;
  const found = await besides(ctx, one.id);
  expect(found).toHaveLength(2);
  expect(found).toEqual(
    expect.arrayContaining([
      { id: same.id, likenesses: ['email'] },
      { id: named.id, likenesses: ['name'] },
    ]),
  );
});

test('who has the address that somebody had before is listed, and an address that changed joins nobody', async ({
  ctx,
}) => {
  const [here, there] = [await aProvider(ctx), await aProvider(ctx)];
  const [before, now] = [`${newId()}@example.com`, `${newId()}@example.com`];
  const told = { subject: newId(), name: 'Cy Changed' };
  const one = (await signOn(ctx, here, facts({ ...told, email: before }))).person;
  const renamed = (await signOn(ctx, here, facts({ ...told, name: 'Cy Married', email: now }))).person;
  expect(renamed).toMatchObject({ id: one.id, email: now });
  expect(await besides(ctx, one.id)).toEqual([]);
  const heir = (await signOn(ctx, there, facts({ name: 'Somebody Else', email: before }))).person;
  expect(heir.id).not.toBe(one.id);
  expect(await besides(ctx, one.id)).toEqual([{ id: heir.id, likenesses: ['former_email'] }]);
});

test('two people stay two: what an administrator decided is remembered, also when one is joined with a third', async ({
  ctx,
}) => {
  const { admin, local, comer } = await twoOfOne(ctx);
  expect(await besides(ctx, local.id)).toEqual([{ id: comer.id, likenesses: ['email', 'name'] }]);
  const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
  const subject = newId();
  const { person } = await signOn(ctx, provider, facts({ subject, name: local.name, email: local.email }));
  const third = { ...comer, id: person.id, subject, provider };
  await keepApart(ctx, as(admin), [third.id, local.id]);
  await keepApart(ctx, as(admin), [local.id, third.id]);
  expect((await besides(ctx, local.id)).map(({ id }) => id)).toEqual([comer.id]);
  const id = await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
  expect((await listLookAlikes(ctx)).find(({ people }) => people.some((each) => each.id === local.id))?.merge).toBe(id);
  await bothConfirm(ctx, comer, local);
  expect(await besides(ctx, comer.id)).toEqual([]);
  await expect(keepApart(ctx, as(admin), [comer.id, newId()])).rejects.toMatchObject({ code: 'not_found' });
  await expect(keepApart(ctx, as(admin), [comer.id, comer.id])).rejects.toMatchObject({ code: 'bad_input' });
});
