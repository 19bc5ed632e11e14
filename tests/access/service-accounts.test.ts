import { describe, expect } from 'vitest';
import { scopeOf } from '../../core/access/scopes.ts';
import { newId } from '../../core/ids.ts';
import type { Client, TestApi } from '../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPassage, aPerson, toGroup } from '../factories/company.ts';
import type { TestContext } from '../factories/context.ts';
import { test } from '../flow/api/api.ts';

const KEY = { name: 'script', scopes: ['search'], days: 1 };

/** A service account of a person, made by an administrator. */
async function anAccount(ctx: TestContext, api: TestApi) {
  const [adminPerson, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
  const admin = await api.session(adminPerson);
  const made = await admin.call('POST', '/service-accounts', {
    name: `Reporter ${newId()}`,
    owner: { kind: 'person', id: owner.id },
  });
  const account = made.body as { id: string; name: string };
  return {
    adminPerson,
    admin,
    owner,
    client: await api.session(owner),
    account,
    path: `/service-accounts/${account.id}`,
  };
}

const keyOf = async (client: Client, path: string) =>
  (await client.call('POST', `${path}/keys`, KEY)).body.key as string;

describe('a service account', () => {
  test('is made by administrators, with an owner who can look after it', async ({ api, ctx }) => {
    const [admin, person] = [await api.session(await aPerson(ctx, { role: 'admin' })), await aPerson(ctx)];
    const gone = await aPerson(ctx, { status: 'deactivated' });
    const make = (client: Client, owner: { id: string }, kind = 'person') =>
      client.call('POST', '/service-accounts', { name: 'Robot', owner: { kind, id: owner.id } });
    expect((await make(await api.session(person), person)).status).toBe(403);
    expect((await make(admin, gone)).status).toBe(409);
    expect((await make(admin, { id: newId() })).status).toBe(404);
    expect((await make(admin, await aGroup(ctx), 'group')).status).toBe(409);
    expect((await make(admin, person)).status).toBe(201);
  });

  test('gives its keys to nobody but its owner, an administrator not excepted', async ({ api, ctx }) => {
    const { admin, client, path } = await anAccount(ctx, api);
    const stranger = await api.session(await aPerson(ctx));
    expect(await admin.call('POST', `${path}/keys`, KEY)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('owner') },
    });
    for (const below of ['', '/keys']) expect((await stranger.call('GET', path + below)).status).toBe(404);
    expect((await stranger.call('POST', `${path}/keys`, KEY)).status).toBe(404);
    expect((await stranger.call('DELETE', path)).status).toBe(404);
    const made = await client.call('POST', `${path}/keys`, KEY);
    expect(made.status).toBe(201);
    const { items } = (await admin.call('GET', `${path}/keys`)).body;
    expect(items).toMatchObject([{ id: made.body.id, scopes: ['search'] }]);
    expect(JSON.stringify(items)).not.toContain(made.body.key);
  });

  test('cannot sign in, gets no link, administers nothing and manages no group', async ({ api, ctx }) => {
    const { admin, account } = await anAccount(ctx, api);
    const group = await aGroup(ctx);
    expect((await admin.call('POST', `/people/${account.id}/link`)).status).toBe(404);
    expect((await admin.call('PATCH', `/people/${account.id}`, { role: 'admin' })).status).toBe(404);
    const members = `/groups/${group.id}/members`;
    expect((await admin.call('POST', members, { personId: account.id, manager: true })).status).toBe(400);
    expect((await admin.call('POST', members, { personId: account.id })).status).toBe(201);
    expect((await admin.call('PATCH', `${members}/${account.id}`, { manager: true })).status).toBe(400);
    const listed = (await admin.call('GET', `/people?q=${encodeURIComponent(account.name)}`)).body.items;
    expect(listed).toEqual([]);
    expect(await ctx.db.identity.count({ where: { personId: account.id } })).toBe(0);
  });

  test('is given nothing by who makes its keys: what it has they have', async ({ api, ctx }) => {
    const { admin, adminPerson, owner, client, account } = await anAccount(ctx, api);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const to = { kind: 'person', id: account.id };
    const resource = { kind: 'knowledge_base', id: base.id };
    expect((await client.call('POST', '/grants', { resource, to })).status).toBe(403);

    const mine = await admin.call('POST', '/service-accounts', {
      name: 'Mine',
      owner: { kind: 'person', id: adminPerson.id },
    });
    const group = await aGroup(ctx);
    const path = `/groups/${group.id}/members`;
    expect((await admin.call('POST', path, { personId: mine.body.id })).status).toBe(403);
    expect((await admin.call('POST', path, { personId: account.id })).status).toBe(201);
  });

  test('of a group may be given what is that group’s, and no other group by who manages it', async ({ api, ctx }) => {
    const [manager, admin] = [await aPerson(ctx), await api.session(await aPerson(ctx, { role: 'admin' }))];
    const [team, other] = [await aGroup(ctx, { managers: [manager] }), await aGroup(ctx, { managers: [manager] })];
    const base = await aKnowledgeBase(ctx, { ownedByGroup: team });
    const foreign = await aKnowledgeBase(ctx, { ownedByGroup: other });
    const made = await admin.call('POST', '/service-accounts', { name: 'Bot', owner: { kind: 'group', id: team.id } });
    const client = await api.session(manager);
    const give = async ({ id }: { id: string }) =>
      (
        await client.call('POST', '/grants', {
          resource: { kind: 'knowledge_base', id },
          to: { kind: 'person', id: made.body.id },
        })
      ).status;
    expect([await give(base), await give(foreign)]).toEqual([201, 403]);
    expect((await client.call('POST', `/groups/${other.id}/members`, { personId: made.body.id })).status).toBe(403);
  });
});

describe('the keys of a service account', () => {
  test('open what its groups and grants allow within their scopes, and nothing of its owner', async ({ api, ctx }) => {
    const { client, owner, account, path } = await anAccount(ctx, api);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const shared = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const group = await aGroup(ctx);
    await aGrant(ctx, shared, toGroup(group));
    await ctx.db.membership.create({ data: { groupId: group.id, personId: account.id } });
    const [own, others] = [
      await aPassage(ctx, base, { text: 'The owner alone reads this.' }),
      await aPassage(ctx, shared, { text: 'The group reads this.' }),
    ];
    const Authorization = `Bearer ${await keyOf(client, path)}`;
    const get = async (id: string) =>
      (await api.anonymous.call('GET', `/passages/${id}`, undefined, { Authorization })).status;
    expect([await get(own.passageId), await get(others.passageId)]).toEqual([404, 200]);
    expect((await api.anonymous.call('GET', '/models', undefined, { Authorization })).status).toBe(403);
    expect((await scopeOf(ctx, account.id)).knowledgeBaseIds).toContain(shared.id);
  });

  test('end with the account, with a revocation, and with its owner', async ({ api, ctx }) => {
    const { admin, adminPerson, client, owner, path } = await anAccount(ctx, api);
    const works = async (key: string) =>
      (await api.anonymous.call('POST', '/search', { query: 'anything' }, { Authorization: `Bearer ${key}` })).status;
    const revoked = await client.call('POST', `${path}/keys`, KEY);
    expect((await admin.call('DELETE', `${path}/keys/${revoked.body.id}`)).status).toBe(204);
    expect(await works(revoked.body.key)).toBe(401);

    const key = await keyOf(client, path);
    expect(await works(key)).toBe(200);
    const next = await aPerson(ctx);
    const move = (id: string) => admin.call('PATCH', path, { owner: { kind: 'person', id } });
    expect((await move(adminPerson.id)).status).toBe(403);
    expect((await move(next.id)).body.owner).toMatchObject({ id: next.id });
    expect(await works(key)).toBe(401);
    expect((await client.call('GET', path)).status).toBe(404);

    const nextClient = await api.session(next);
    const last = await keyOf(nextClient, path);
    expect((await nextClient.call('DELETE', path)).status).toBe(204);
    expect(await works(last)).toBe(401);
    expect((await nextClient.call('POST', `${path}/keys`, KEY)).status).toBe(409);
    expect(owner.id).not.toBe(next.id);
  });

  test('end when its owner leaves and hands it over; without a new owner it is listed', async ({ api, ctx }) => {
    const { admin, owner, client, account, path } = await anAccount(ctx, api);
    const key = await keyOf(client, path);
    const listed = async () =>
      (await admin.call('GET', `/service-accounts?unowned=true&q=${encodeURIComponent(account.name)}`)).body.items;
    expect(await listed()).toEqual([]);
    expect((await admin.call('GET', `/people/${owner.id}/owned`)).body.serviceAccounts).toMatchObject([
      { id: account.id },
    ]);
    const next = await aPerson(ctx);
    const deactivation = `/people/${owner.id}/deactivation`;
    expect((await admin.call('POST', deactivation, {})).status).toBe(204);
    expect(await listed()).toMatchObject([{ id: account.id, unowned: 'owner_gone' }]);
    expect((await admin.call('POST', deactivation, { handOverTo: { kind: 'person', id: next.id } })).status).toBe(204);
    expect(await listed()).toEqual([]);
    const Authorization = `Bearer ${key}`;
    expect((await api.anonymous.call('POST', '/search', { query: 'x' }, { Authorization })).status).toBe(401);
  });

  test('end with whoever made them, when nobody hands the account over', async ({ api, ctx }) => {
    const { owner, client, path } = await anAccount(ctx, api);
    const key = await keyOf(client, path);
    const works = async () =>
      (await api.anonymous.call('POST', '/search', { query: 'anything' }, { Authorization: `Bearer ${key}` })).status;
    const set = (data: object) => ctx.db.person.update({ where: { id: owner.id }, data });
    expect(await works()).toBe(200);
    await set({ status: 'deactivated' });
    expect(await works()).toBe(401);
    await set({ status: 'active' });
    expect(await works()).toBe(200);
    await set({ role: 'pending' });
    expect(await works()).toBe(401);
  });

  test('of a group end for the manager who made them and manages it no more', async ({ api, ctx }) => {
    const [one, other] = [await aPerson(ctx), await aPerson(ctx)];
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const group = await aGroup(ctx, { managers: [one, other] });
    const owner = { kind: 'group', id: group.id };
    const made = await admin.call('POST', '/service-accounts', { name: `Bot ${newId()}`, owner });
    const path = `/service-accounts/${made.body.id}`;
    const keys = await Promise.all([one, other].map(async (person) => keyOf(await api.session(person), path)));
    const work = () =>
      Promise.all(
        keys.map(async (key) => {
          const Authorization = `Bearer ${key}`;
          return (await api.anonymous.call('POST', '/search', { query: 'anything' }, { Authorization })).status;
        }),
      );
    expect(await work()).toEqual([200, 200]);
    await admin.call('PATCH', `/groups/${group.id}/members/${one.id}`, { manager: false });
    expect(await work()).toEqual([401, 200]);
    await ctx.db.membership.deleteMany({ where: { groupId: group.id, personId: other.id } });
    expect(await work()).toEqual([401, 401]);
  });
});
