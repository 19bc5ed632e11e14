import { describe, expect, onTestFinished } from 'vitest';
import { addMember } from '../../core/access/members.ts';
import { createServiceAccount } from '../../core/access/service-accounts.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { newId } from '../../core/ids.ts';
import type { Client, TestApi } from '../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, toGroup, toPerson, type TestPerson } from '../factories/company.ts';
import { aContext, type TestContext } from '../factories/context.ts';
import { freshDatabase } from '../setup/database.ts';
import { test } from '../flow/api/api.ts';

/** An administrator, with a person whom they made in the portal, and a group that opens somebody else's knowledge base. */
async function anInvention(api: TestApi, ctx: TestContext) {
  const [admin, owner, manager] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
  const base = await aKnowledgeBase(ctx, { ownedBy: owner });
  const group = await aGroup(ctx, { managers: [manager] });
  await aGrant(ctx, base, toGroup(group));
  const client = await api.session(admin);
  const made = await client.call('POST', '/people', {
    email: `${newId()}@example.com`,
    name: 'Invented',
    role: 'user',
  });
  const invented: TestPerson = { ...made.body, password: null };
  const reads = async (id = invented.id) => (await scopeOf(ctx, id)).knowledgeBaseIds.includes(base.id);
  return { admin, owner, manager, base, group, client, invented, reads, members: `/groups/${group.id}/members` };
}

describe('an administrator gives nothing to read to an account in their own hands', () => {
  test('by a group, as somebody whom they made, made administrator, or made a link for', async ({ api, ctx }) => {
    const { admin, client, invented, members, reads } = await anInvention(api, ctx);
    const refused = { status: 403, body: { detail: expect.stringContaining('given to you') } };
    expect(await client.call('POST', members, { personId: invented.id })).toMatchObject(refused);

    await ctx.db.person.update({ where: { id: invented.id }, data: { role: 'admin' } });
    const puppet = await api.session(invented);
    for (const personId of [admin.id, (await aMadeOne(client)).id])
      expect(await puppet.call('POST', members, { personId })).toMatchObject(refused);

    const colleague = await aPerson(ctx, { password: 'a long enough secret' });
    expect((await client.call('POST', `/people/${colleague.id}/link`)).status).toBeLessThan(300);
    expect(await client.call('POST', members, { personId: colleague.id })).toMatchObject(refused);
    expect(await reads()).toBe(false);
  });

  test('by making it manager of a group that opens something, once it is let in', async ({ api, ctx }) => {
    const { admin, manager, group, client, invented, members } = await anInvention(api, ctx);
    const add = { personId: invented.id };
    expect((await (await api.session(manager)).call('POST', members, add)).status).toBe(201);
    const refused = { status: 403, body: { detail: expect.stringContaining('given to you') } };
    expect(await client.call('PATCH', `${members}/${invented.id}`, { manager: true })).toMatchObject(refused);
    expect(await client.call('POST', members, { ...add, manager: true })).toMatchObject(refused);
    const yaml = `
groups: [{ name: "${group.name}" }]
people: [{ email: ${invented.email}, name: Invented, role: user, groups: ["${group.name}"], manages: ["${group.name}"] }]
knowledgeBases: []
grants: []`;
    const { body } = await client.call('POST', '/company-import', { yaml, apply: true });
    expect(body.changes).toMatchObject([{ kind: 'membership', change: 'skip' }]);
    const free = await aGroup(ctx);
    expect((await client.call('POST', `/groups/${free.id}/members`, { ...add, manager: true })).status).toBe(201);
    const other = await api.session(await aPerson(ctx, { role: 'admin' }));
    expect((await other.call('PATCH', `${members}/${invented.id}`, { manager: true })).status).toBe(200);
    expect(admin.id).not.toBe(invented.id);
  });

  test('by letting somebody in who waits, whom they made a link for', async ({ api, ctx }) => {
    const { admin, client, group, invented, reads } = await anInvention(api, ctx);
    const others = await Promise.all([aPerson(ctx, { role: 'pending' }), aPerson(ctx, { role: 'pending' })]);
    await ctx.db.person.update({ where: { id: invented.id }, data: { role: 'pending' } });
    const wanted = { people: [...others.map(({ id }) => id), invented.id], role: 'user', groups: [group.id] };
    expect((await client.call('POST', '/people/waiting/approval', wanted)).status).toBe(403);
    expect(await ctx.db.person.count({ where: { id: { in: wanted.people }, role: 'pending' } })).toBe(3);
    const colleague = await api.session(await aPerson(ctx, { role: 'admin' }));
    expect((await colleague.call('POST', '/people/waiting/approval', wanted)).status).toBe(200);
    expect(await reads()).toBe(true);
    expect(await reads(admin.id)).toBe(false);
  });

  test('by a service account of theirs', async ({ api, ctx }) => {
    const { client, invented, members } = await anInvention(api, ctx);
    const owner = { kind: 'person', id: invented.id };
    const account = await client.call('POST', '/service-accounts', {
      name: `Robot ${newId()}`,
      description: '',
      owner,
    });
    expect(account.status).toBe(201);
    expect((await client.call('POST', members, { personId: account.body.id })).status).toBe(403);
  });

  test('by handing over what somebody leaves, or what nobody owns', async ({ api, ctx }) => {
    const { client, invented, owner, base, reads } = await anInvention(api, ctx);
    const team = await aGroup(ctx, { managers: [await aPerson(ctx)] });
    await ctx.db.membership.create({ data: { groupId: team.id, personId: invented.id } });
    for (const handOverTo of [
      { kind: 'person', id: invented.id },
      { kind: 'group', id: team.id },
    ]) {
      const left = await client.call('POST', `/people/${owner.id}/deactivation`, { handOverTo });
      expect(left, handOverTo.kind).toMatchObject({ status: 403 });
    }
    expect((await client.call('POST', `/people/${owner.id}/deactivation`, {})).status).toBe(204);
    const hand = { kind: 'person', id: invented.id };
    expect((await client.call('PUT', `/knowledge-bases/${base.id}/owner`, hand)).status).toBe(403);
    expect(await reads()).toBe(false);
    const other = { kind: 'person', id: (await aPerson(ctx)).id };
    expect((await client.call('PUT', `/knowledge-bases/${base.id}/owner`, other)).status).toBe(200);
  });

  test('by a company file, in which they make somebody up', async ({ api, ctx }) => {
    const { client, invented, group, reads } = await anInvention(api, ctx);
    const email = `${newId()}@example.com`;
    const yaml = `
groups: [{ name: "${group.name}" }]
people:
  - { email: ${email}, name: New, role: user, groups: ["${group.name}"] }
  - { email: ${invented.email}, name: Invented, role: user, groups: ["${group.name}"] }
knowledgeBases: []`;
    const { body } = await client.call('POST', '/company-import', { yaml, apply: true });
    expect(body.changes.filter(({ kind }: { kind: string }) => kind === 'membership')).toMatchObject([
      { change: 'skip' },
      { change: 'skip' },
    ]);
    const made = await ctx.db.person.findFirstOrThrow({ where: { email } });
    expect([await reads(), await reads(made.id)]).toEqual([false, false]);
  });
});

const aMadeOne = async (client: Client): Promise<{ id: string }> =>
  (await client.call('POST', '/people', { email: `${newId()}@example.com`, name: 'Another', role: 'user' })).body;

describe('somebody whom an administrator made', () => {
  test('is let in by who manages the group, by the owner, and by another administrator', async ({ api, ctx }) => {
    const { manager, owner, base, invented, members, reads, group } = await anInvention(api, ctx);
    const another = await api.session(await aPerson(ctx, { role: 'admin' }));
    for (const client of [await api.session(manager), another]) {
      expect((await client.call('POST', members, { personId: invented.id })).status).toBe(201);
      expect(await reads()).toBe(true);
      await ctx.db.membership.deleteMany({ where: { groupId: group.id, personId: invented.id } });
    }
    const given = { resource: { kind: 'knowledge_base', id: base.id }, to: toPerson(invented) };
    expect((await (await api.session(owner)).call('POST', '/grants', given)).status).toBe(201);
  });

  test('is put by that administrator into a group that opens nothing, or nothing new to them', async ({ api, ctx }) => {
    const { client, invented, members, base } = await anInvention(api, ctx);
    const empty = await aGroup(ctx);
    expect((await client.call('POST', `/groups/${empty.id}/members`, { personId: invented.id })).status).toBe(201);
    await aGrant(ctx, base, toPerson(invented));
    expect((await client.call('POST', members, { personId: invented.id })).status).toBe(201);
  });

  test('is a person as any other while there is no identity provider, and a service account is not', async ({
    ctx,
  }) => {
    const database = await freshDatabase();
    onTestFinished(database.close);
    const { ADMINS_VOUCH: _, ...config } = ctx.config;
    const own = await aContext(database);
    onTestFinished(own.close);
    const house: TestContext = { ...own, config: { ...config, DATA_DIR: own.config.DATA_DIR } };
    const admin = await aPerson(house, { role: 'admin' });
    const base = await aKnowledgeBase(house, { ownedBy: await aPerson(house) });
    const group = await aGroup(house);
    await aGrant(house, base, toGroup(group));
    const by = { personId: admin.id, surface: 'portal' } as const;
    const join = async (personId: string) => addMember(house, by, group.id, { personId, manager: false });
    const invent = async () => {
      const invented = await aPerson(house);
      await house.db.person.update({ where: { id: invented.id }, data: { inHandsOf: [admin.id] } });
      return invented.id;
    };
    await join(await invent());
    const robot = await createServiceAccount(house, by, {
      name: 'Robot',
      description: '',
      owner: { kind: 'person', id: admin.id },
    });
    await expect(join(robot.id)).rejects.toMatchObject({ code: 'forbidden' });

    await house.db.identityProvider.create({ data: { id: newId(), key: 'first', kind: 'oidc', name: 'P' } });
    await expect(join(await invent())).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is a person as any other once the company account is theirs, or where the setting says so', async ({
    api,
    ctx,
  }) => {
    const { admin, client, invented, members, group } = await anInvention(api, ctx);
    const vouching = { ...ctx, config: { ...ctx.config, ADMINS_VOUCH: true } };
    const by = { personId: admin.id, surface: 'portal' } as const;
    await addMember(vouching, by, group.id, { personId: invented.id, manager: false });
    await ctx.db.membership.deleteMany({ where: { groupId: group.id, personId: invented.id } });
    const providerId = newId();
    await ctx.db.identityProvider.create({ data: { id: providerId, key: `p-${providerId}`, kind: 'oidc', name: 'P' } });
    await ctx.db.identity.create({
      data: { id: newId(), personId: invented.id, issuer: `provider:${providerId}`, subject: newId(), providerId },
    });
    expect((await client.call('POST', members, { personId: invented.id })).status).toBe(201);
  });
});
