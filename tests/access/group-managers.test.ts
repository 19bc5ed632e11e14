import { describe, expect } from 'vitest';
import { admit } from '../../core/access/admission.ts';
import { changePermissionRules } from '../../core/access/permission-rules.ts';
import { rightsOf } from '../../core/access/rights.ts';
import { PRIVATE } from '../../core/access/scope.ts';
import { newId } from '../../core/ids.ts';
import { aGroup, aPerson, OPERATOR } from '../factories/company.ts';
import type { TestContext } from '../factories/context.ts';
import { test } from '../flow/api/api.ts';

/** A group with a manager and a member, which may run code and may not search the web. */
async function aTeam(ctx: TestContext) {
  const [manager, member] = [await aPerson(ctx), await aPerson(ctx)];
  const permissions = { 'tools.code': 'allow', 'tools.web_search': 'deny' } as const;
  const group = await aGroup(ctx, { managers: [manager], members: [member], permissions });
  const may = async (key: string) => (await rightsOf(ctx, { kind: 'person', id: member.id })).permissions[key];
  return { manager, member, group, may, path: `/groups/${group.id}` };
}

describe('who manages a group', () => {
  test('gives it no permission that it does not have, and lifts no denial', async ({ api, ctx }) => {
    const { manager, path, may } = await aTeam(ctx);
    const client = await api.session(manager);
    for (const rules of [
      { 'tools.terminal': 'allow' },
      { 'tools.web_search': 'allow' },
      { 'tools.web_search': 'inherit' },
      { 'tools.code': 'deny' },
      { 'chat.use': 'deny' },
      { 'tools.code': 'inherit', 'tools.mcp': 'allow' },
    ])
      expect((await client.call('PUT', `${path}/permissions`, { rules })).status, JSON.stringify(rules)).toBe(403);
    expect([await may('tools.terminal'), await may('tools.web_search'), await may('tools.code')]).toEqual([
      false,
      false,
      true,
    ]);
    expect((await client.call('PUT', `${path}/permissions`, { rules: { 'no.such': 'inherit' } })).status).toBe(400);
  });

  test('changes neither its name nor its models, makes no manager, and takes none out', async ({ api, ctx }) => {
    const { manager, member, group, path } = await aTeam(ctx);
    const other = await aPerson(ctx);
    await ctx.db.membership.create({ data: { groupId: group.id, personId: other.id, manager: true } });
    const client = await api.session(manager);
    for (const [method, below, body] of [
      ['PATCH', '', { modelClasses: [] }],
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', ''],
      ['PATCH', `/members/${member.id}`, { manager: true }],
      ['PATCH', `/members/${manager.id}`, { manager: true }],
      ['DELETE', `/members/${other.id}`],
    ] as const)
      expect((await client.call(method, path + below, body)).status, `${method} ${below}`).toBe(403);
    expect((await client.call('DELETE', `${path}/members/${member.id}`)).status).toBe(204);
    // Not out of what denies them something, either.
    expect((await client.call('DELETE', `${path}/members/${manager.id}`)).status).toBe(403);
    await changePermissionRules(ctx, OPERATOR, group.id, { 'tools.web_search': 'inherit' });
    expect((await client.call('DELETE', `${path}/members/${manager.id}`)).status).toBe(204);
    expect((await client.call('GET', `${path}/members`)).status).toBe(404);
  });

  test('puts nobody under a denial or a limit who would lose something by it; an administrator does', async ({
    api,
    ctx,
  }) => {
    const [manager, colleague, newcomer] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [manager], permissions: { 'tools.code': 'deny' } });
    await aGroup(ctx, { members: [colleague], permissions: { 'tools.code': 'allow' } });
    const members = `/groups/${group.id}/members`;
    const client = await api.session(manager);
    expect(await client.call('POST', members, { personId: colleague.id })).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('tools.code') },
    });
    expect((await client.call('POST', members, { personId: newcomer.id })).status).toBe(201);
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    expect((await admin.call('POST', members, { personId: colleague.id })).status).toBe(201);
  });

  test('holds back what it is allowed and gives it again, without touching what other groups give', async ({
    api,
    ctx,
  }) => {
    const { manager, member, path, may } = await aTeam(ctx);
    const client = await api.session(manager);
    const set = (effect: string) => client.call('PUT', `${path}/permissions`, { rules: { 'tools.code': effect } });
    const lineOf = (body: any) => body.rules.find((rule: any) => rule.permission === 'tools.code');
    expect(lineOf((await set('inherit')).body)).toMatchObject({ effect: 'inherit', withheld: true });
    expect(await may('tools.code')).toBe(false);
    const elsewhere = await aGroup(ctx, { members: [member], permissions: { 'tools.code': 'allow' } });
    expect(await may('tools.code')).toBe(true);
    await ctx.db.group.delete({ where: { id: elsewhere.id } });
    expect(lineOf((await set('allow')).body)).toMatchObject({ effect: 'allow', withheld: false });
    expect(await may('tools.code')).toBe(true);

    await set('inherit');
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const said = await admin.call('PUT', `${path}/permissions`, { rules: { 'tools.code': 'inherit' } });
    expect(lineOf(said.body)).toMatchObject({ effect: 'inherit', withheld: false });
    expect((await set('allow')).status).toBe(403);
  });
});

test('what is held back holds for a question too', async ({ ctx }) => {
  const person = await aPerson(ctx);
  const group = await aGroup(ctx, { members: [person], permissions: { 'chat.use': 'allow' } });
  await changePermissionRules(ctx, OPERATOR, null, { 'chat.use': 'deny' });
  await expect(admit(ctx, person.id, PRIVATE)).resolves.toBeDefined();
  await ctx.db.permissionRule.updateMany({ where: { groupId: group.id }, data: { withheld: true } });
  await expect(admit(ctx, person.id, PRIVATE)).rejects.toMatchObject({ code: 'forbidden' });
  await changePermissionRules(ctx, OPERATOR, null, { 'chat.use': 'inherit' });
  await expect(admit(ctx, person.id, PRIVATE)).resolves.toBeDefined();
});

describe('a second group that takes rights away is seen before it does', () => {
  test('by who joins what: permissions and models, not for strangers', async ({ api, ctx }) => {
    const { manager, group, path } = await aTeam(ctx);
    const person = await aPerson(ctx);
    const generous = await aGroup(ctx, { members: [person], permissions: { 'tools.web_search': 'allow' } });
    const server = await ctx.db.modelServer.create({
      data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
    });
    const name = `huge-${newId()}`;
    const model = await ctx.db.model.create({
      data: { id: newId(), serverId: server.id, name, kind: 'chat', classes: ['large'] },
    });
    await ctx.db.grant.create({
      data: {
        id: newId(),
        resourceKind: 'model',
        resourceId: model.id,
        toKind: 'person',
        toId: person.id,
        level: 'use',
      },
    });
    await ctx.db.group.update({ where: { id: group.id }, data: { modelClasses: ['small'] } });
    const preview = `${path}/members/${person.id}/preview`;
    expect((await (await api.session(person)).call('GET', preview)).status).toBe(404);
    const client = await api.session(manager);
    // What somebody outside their group has and lacks is nobody's to read by choosing them.
    const nothing = { gives: [], takesAway: [], modelsTakenAway: [] };
    expect((await client.call('GET', preview)).body).toEqual({ takesSomething: true, ...nothing });
    const harmless = await aPerson(ctx);
    expect((await client.call('GET', `${path}/members/${harmless.id}/preview`)).body.takesSomething).toBe(false);
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    expect((await admin.call('GET', preview)).body).toEqual({
      takesSomething: true,
      gives: ['tools.code'],
      takesAway: ['tools.web_search'],
      modelsTakenAway: [name],
    });
    expect((await client.call('GET', `${path}/members/${newId()}/preview`)).status).toBe(404);

    await ctx.db.membership.create({ data: { groupId: group.id, personId: person.id } });
    const elsewhere = { permission: 'tools.web_search', people: 1 };
    expect((await client.call('GET', `${path}/allowed-elsewhere`)).body.permissions).toEqual([
      { ...elsewhere, groups: [] },
    ]);
    expect((await admin.call('GET', `${path}/allowed-elsewhere`)).body.permissions).toEqual([
      { ...elsewhere, groups: [generous.name] },
    ]);
  });
});
