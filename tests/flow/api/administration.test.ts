import { describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { knownClasses } from '../../../core/models/known-classes.ts';
import type { Answer } from '../../factories/api.ts';
import { aGroup, aPerson, type TestPerson } from '../../factories/company.ts';
import { test } from './api.ts';

const ADMINISTRATION: [string, string, unknown?][] = [
  ['GET', '/people'],
  ['POST', '/people', { email: 'new@example.com', name: 'New' }],
  ['POST', '/groups', { name: 'New' }],
  ['GET', '/permissions'],
  ['PUT', '/permissions', { rules: { api_keys: 'allow' } }],
  ['GET', '/model-servers'],
  ['POST', '/model-servers', { name: 'Mine', kind: 'ollama', baseUrl: 'http://127.0.0.1:4400' }],
  ['GET', '/dashboard'],
  ['POST', '/company-import', { yaml: 'company: {}' }],
  ['DELETE', '/sample'],
  ['GET', '/directory'],
];

test('who is no administrator administers nothing', async ({ api, ctx }) => {
  const client = await api.session(await aPerson(ctx));
  for (const [method, path, body] of ADMINISTRATION)
    expect((await client.call(method, path, body)).body, `${method} ${path}`).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
});

describe('a way in', () => {
  test('is opened by nobody with a key: neither a link, nor a person, nor a token of provisioning', async ({
    api,
    ctx,
  }) => {
    const administrator = await aPerson(ctx, { role: 'admin' });
    const key = await api.key(administrator, 'all');
    const person = await aPerson(ctx);
    expect((await key.call('POST', `/people/${person.id}/link`)).body.code).toBe('forbidden');
    expect((await key.call('POST', '/people', { email: 'by.key@example.com', name: 'By Key' })).body.code).toBe(
      'forbidden',
    );
  });

  test('by password is not opened beside the company account', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const [person, providerId] = [await aPerson(ctx), newId()];
    await ctx.db.identityProvider.create({ data: { id: providerId, key: newId(), kind: 'oidc', name: 'Company' } });
    await ctx.db.identity.create({
      data: { id: newId(), personId: person.id, issuer: `provider:${providerId}`, subject: person.id, providerId },
    });
    expect((await admin.call('POST', `/people/${person.id}/link`)).body.code).toBe('conflict');
  });

  test('stays closed by hand, whatever the provider that had closed it says later', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const person = await aPerson(ctx, { status: 'deactivated' });
    await ctx.db.person.update({ where: { id: person.id }, data: { deactivatedBy: 'provider:x' } });
    await admin.call('DELETE', `/people/${person.id}`);
    expect(await ctx.db.person.findUnique({ where: { id: person.id } })).toMatchObject({
      status: 'deactivated',
      deactivatedBy: null,
    });
  });
});

describe('people', () => {
  test('come in by a one-time link that works once, and choose their own password', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const email = `new.${Date.now()}@example.com`;
    const made = await admin.call('POST', '/people', { email, name: 'New Person', role: 'user' });
    expect(made).toMatchObject({
      status: 201,
      body: { email, role: 'user', hasPassword: false, groups: [], link: { url: expect.any(String) } },
    });
    expect((await admin.call('POST', '/people', { email: email.toUpperCase(), name: 'Twin' })).body.code).toBe(
      'conflict',
    );
    const path = `/links/${made.body.link.url.split('/').at(-1)}`;
    expect((await api.anonymous.call('GET', path)).body).toEqual({
      purpose: 'first_sign_in',
      person: { name: 'New Person', email },
    });
    expect((await api.anonymous.call('POST', path, { password: 'short' })).status).toBe(400);
    const accepted = await api.anonymous.call('POST', path, { password: 'a password of my own' });
    expect(accepted).toMatchObject({ status: 201, body: { person: { id: made.body.id } } });
    expect(accepted.headers.get('set-cookie')).toContain('HttpOnly');
    expect((await api.anonymous.call('POST', path, { password: 'a second password here' })).status).toBe(410);
    expect((await api.anonymous.call('POST', '/session', { email, password: 'a password of my own' })).status).toBe(
      201,
    );
    expect((await admin.call('GET', `/people/${made.body.id}`)).body).toMatchObject({
      hasPassword: true,
      lastActiveAt: expect.any(String),
    });
    expect((await admin.call('POST', `/people/${made.body.id}/link`)).body.url).toContain('/welcome/');
  });

  test('are found by name and address, a page at a time', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const mark = `Zeta${Date.now()}`;
    for (const n of [1, 2, 3]) await aPerson(ctx, { name: `${mark} ${n}` });
    const first = (await admin.call('GET', `/people?q=${mark.toLowerCase()}&limit=2`)).body;
    expect(first.items.map((each: any) => each.name)).toEqual([`${mark} 1`, `${mark} 2`]);
    const second = (await admin.call('GET', `/people?q=${mark}&limit=2&cursor=${first.nextCursor}`)).body;
    expect(second).toMatchObject({ items: [{ name: `${mark} 3` }], nextCursor: null });
    expect((await admin.call('GET', '/people?cursor=nonsense')).status).toBe(400);
  });

  test('an administrator cannot deactivate themself, and is recorded when they do it to another', async ({
    api,
    ctx,
  }) => {
    const person = await aPerson(ctx, { role: 'admin' });
    const admin = await api.session(person);
    expect((await admin.call('DELETE', `/people/${person.id}`)).body.code).toBe('conflict');
    const other = await aPerson(ctx);
    expect((await admin.call('PATCH', `/people/${other.id}`, { role: 'admin' })).body.role).toBe('admin');
    expect((await admin.call('DELETE', `/people/${other.id}`)).status).toBe(204);
    expect((await admin.call('GET', `/people/${other.id}`)).body.status).toBe('deactivated');
    expect((await admin.call('PATCH', `/people/${other.id}`, { status: 'active' })).body.status).toBe('active');
    const recorded = await ctx.db.auditEntry.findMany({
      where: { subjectId: other.id, actorId: person.id },
      orderBy: { id: 'asc' },
    });
    expect(recorded.map((entry) => entry.action)).toEqual(['person.changed', 'person.deactivated', 'person.changed']);
  });
});

describe('groups', () => {
  test('nobody gives themself the rights of a group, an administrator neither', async ({ api, ctx }) => {
    const [admin, manager] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [manager] });
    const path = `/groups/${group.id}/members`;
    const refused = await (await api.session(admin)).call('POST', path, { personId: admin.id });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('themself') } });
    expect(
      (await (await api.session(manager)).call('POST', path, { personId: manager.id, manager: true })).status,
    ).toBe(403);
  });

  test('a manager manages the members of their own group and of no other', async ({ api, ctx }) => {
    const [manager, person] = [await aPerson(ctx), await aPerson(ctx)];
    const [own, other] = [await aGroup(ctx, { managers: [manager] }), await aGroup(ctx)];
    const client = await api.session(manager);
    expect((await client.call('POST', `/groups/${other.id}/members`, { personId: person.id })).status).toBe(404);
    expect(
      (await client.call('POST', `/groups/${own.id}/members`, { personId: person.id, manager: true })).status,
    ).toBe(403);
    expect((await client.call('POST', `/groups/${own.id}/members`, { personId: person.id })).body).toMatchObject({
      person: { id: person.id },
      manager: false,
      sources: ['manual'],
    });
    expect((await client.call('GET', `/groups/${own.id}/members`)).body.items).toHaveLength(2);
    expect((await client.call('GET', '/groups')).body.items).toMatchObject([
      { id: own.id, memberCount: 2, mayManage: true },
    ]);
    expect((await client.call('PUT', `/groups/${own.id}/permissions`, { rules: { api_keys: 'allow' } })).status).toBe(
      403,
    );
    expect((await client.call('DELETE', `/groups/${own.id}`)).status).toBe(403);
    expect((await (await api.session(person)).call('GET', `/groups/${own.id}`)).body).toMatchObject({
      mayManage: false,
    });
    expect((await (await api.session(person)).call('GET', `/groups/${own.id}/members`)).status).toBe(404);
    expect((await client.call('DELETE', `/groups/${own.id}/members/${person.id}`)).status).toBe(204);
    expect((await client.call('DELETE', `/groups/${own.id}/members/${person.id}`)).status).toBe(404);
  });

  test('deny outvotes allow, and the menu follows at once', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const [generous, strict] = [await aGroup(ctx, { members: [person] }), await aGroup(ctx, { members: [person] })];
    const client = await api.session(person);
    const may = async () => (await client.call('GET', '/session')).body.permissions['tools.web_search'];
    expect(await may()).toBe(false);
    const set = (id: string, effect: string) =>
      admin.call('PUT', `/groups/${id}/permissions`, { rules: { 'tools.web_search': effect } });
    const lines = (await set(generous.id, 'allow')).body.rules;
    expect(lines).toContainEqual({
      permission: 'tools.web_search',
      effect: 'allow',
      inherited: false,
      withheld: false,
      description: expect.any(String),
    });
    expect(await may()).toBe(true);
    await set(strict.id, 'deny');
    expect(await may()).toBe(false);
    await set(strict.id, 'inherit');
    expect(await may()).toBe(true);
    expect(
      (await admin.call('PUT', `/groups/${strict.id}/permissions`, { rules: { 'tools.everything': 'allow' } })).status,
    ).toBe(400);
  });
});

describe('what is said for everyone', () => {
  test('is a default: a deny there is lifted by a group that allows, and by none that is silent', async ({
    api,
    ctx,
  }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const [member, other] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { members: [member] });
    const may = async (person: TestPerson) =>
      (await (await api.session(person)).call('GET', '/session')).body.permissions['playground'];
    const lineOf = ({ body }: Answer) => body.rules.find((line: any) => line.permission === 'playground');
    const forEveryone = (effect: string) => admin.call('PUT', '/permissions', { rules: { playground: effect } });
    expect(lineOf(await admin.call('GET', '/permissions'))).toMatchObject({ effect: 'inherit', inherited: true });
    try {
      expect(lineOf(await forEveryone('deny'))).toMatchObject({ effect: 'deny', inherited: true });
      expect([await may(member), await may(other)]).toEqual([false, false]);
      const path = `/groups/${group.id}/permissions`;
      expect(lineOf(await admin.call('GET', path))).toMatchObject({ effect: 'inherit', inherited: false });
      await admin.call('PUT', path, { rules: { playground: 'allow' } });
      expect([await may(member), await may(other)]).toEqual([true, false]);
      await aGroup(ctx, { members: [member], permissions: { playground: 'deny' } });
      expect(await may(member)).toBe(false);
    } finally {
      await forEveryone('inherit');
    }
  });
});

const COMPANY = (mark: string) => `
company: { name: Test, domain: example.com }
permissions: { allow: [], deny: [] }
groups:
  - { name: Quality ${mark}, modelClasses: [small], permissions: { allow: [chat.file_upload], deny: [tools.code] } }
people:
  - { email: lead.${mark}@example.com, name: Lead, role: user, groups: [Quality ${mark}], manages: [Quality ${mark}] }
knowledgeBases:
  - { name: Quality Manual ${mark}, owner: { group: Quality ${mark} } }
models:
  - { name: 'later-${mark}:70b', classes: [large, reasoning] }
grants:
  - { resource: { knowledgeBase: Quality Manual ${mark} }, to: everyone, level: use }
  - { resource: { model: unknown-model }, to: everyone, level: use }
`;

test('a company file is shown before it is imported, and a second import changes nothing', async ({ api, ctx }) => {
  const client = await api.session(await aPerson(ctx, { role: 'admin' }));
  const mark = String(Date.now());
  const send = (apply: boolean) => client.call('POST', '/company-import', { yaml: COMPANY(mark), apply });
  const dry = await send(false);
  expect(dry.body).toMatchObject({ applied: false, unchanged: 0 });
  expect(await ctx.db.group.count({ where: { name: `Quality ${mark}` } })).toBe(0);
  const applied = await send(true);
  expect(applied.body).toEqual({ ...dry.body, applied: true });
  expect(applied.body.changes).toContainEqual({
    kind: 'grant',
    name: 'model unknown-model to everyone',
    change: 'skip',
    detail: 'no connected server has this model',
  });
  const group = await ctx.db.group.findFirstOrThrow({
    where: { name: `Quality ${mark}` },
    include: { memberships: true, permissionRules: true },
  });
  expect(group).toMatchObject({ modelClasses: ['small'], fromSample: false, memberships: [{ manager: true }] });
  expect(group.permissionRules).toHaveLength(2);
  expect((await client.call('GET', '/knowledge-bases')).body.items).toMatchObject([
    { name: `Quality Manual ${mark}`, level: 'use', owner: { name: `Quality ${mark}` } },
  ]);
  expect(await knownClasses(ctx.db)).toHaveProperty([`later-${mark}:70b`], ['large', 'reasoning']);
  const again = await send(true);
  expect(again.body.changes.every((each: any) => each.change === 'skip')).toBe(true);
  const broken = await client.call('POST', '/company-import', { yaml: 'company: [', apply: true });
  expect(broken).toMatchObject({ status: 400, body: { detail: expect.stringContaining('line 1') } });
});

test('the dashboard counts what happened and names nobody', async ({ api, ctx }) => {
  const person = await aPerson(ctx, { name: 'Very Special Name' });
  await (await api.key(person, 'ask')).call('POST', '/ask', { question: 'A question about nothing at all?' });
  const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
  const { status, body } = await admin.call('GET', '/dashboard?days=7');
  expect(status).toBe(200);
  expect(body.days).toHaveLength(7);
  expect(body.days.at(-1)).toMatchObject({ day: new Date().toISOString().slice(0, 10) });
  expect(body.questions.notFound).toBeGreaterThan(0);
  expect(body.questions.total).toBe(body.days.reduce((sum: number, day: any) => sum + day.questions, 0));
  expect(JSON.stringify(body)).not.toMatch(/Special|nothing at all/);
});
