import { expect } from 'vitest';
import { endBreakGlass } from '../../core/access/break-glass/end.ts';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { importCompany } from '../../core/access/company/import.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { aGroup, aPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';
import { test } from '../flow/api/api.ts';

const detail = expect.stringContaining('in this group yourself');
const refused = { status: 403, body: { detail } };

test('an administrator who is in a group by break-glass gives it nothing meanwhile', async ({ api, ctx }) => {
  const admin = await aPerson(ctx, { role: 'admin' });
  const group = await aGroup(ctx);
  const resource = { kind: 'group', id: group.id } as const;
  const by = { personId: admin.id, surface: 'portal' } as const;
  const { id } = await breakGlass(ctx, by, { resource, level: 'use', reason: 'To look after it for a while' });
  const client = await api.session(admin);
  const give = () => client.call('PUT', `/groups/${group.id}/permissions`, { rules: { 'tools.code': 'allow' } });
  expect(await give()).toMatchObject(refused);
  await endBreakGlass(ctx, by, id);
  expect((await give()).status).toBe(200);
});

test('a company file maps nobody who imports it into a group, and brings the rest', async ({ ctx }) => {
  const provider = await aProvider(ctx);
  const { person } = await signOn(ctx, provider, facts({ groups: [{ id: 'mine' }] }));
  await ctx.db.person.update({ where: { id: person.id }, data: { role: 'admin' } });
  const [name, other] = [`Group ${newId()}`, `Group ${newId()}`];
  const yaml = `
groups: [{ name: "${name}" }, { name: "${other}" }]
people: []
knowledgeBases: []
mappings:
  - { provider: ${provider.key}, externalId: mine, to: { group: "${name}" } }
  - { provider: ${provider.key}, externalId: others, to: { group: "${other}" } }`;
  const { changes } = await importCompany(ctx, { personId: person.id, surface: 'portal' }, parseCompanyFile(yaml));
  expect(changes.filter(({ kind }) => kind === 'mapping').map(({ change }) => change)).toEqual(['skip', 'create']);
  expect(await ctx.db.membership.count({ where: { personId: person.id } })).toBe(0);
  expect(await ctx.db.groupMapping.count({ where: { providerId: provider.id } })).toBe(1);
});

test('an administrator gives a group of their own no permission and no model, and takes no denial off it', async ({
  api,
  ctx,
}) => {
  const admin = await aPerson(ctx, { role: 'admin' });
  const [own, other] = [
    await aGroup(ctx, { members: [admin], permissions: { 'chat.use': 'deny', 'tools.mcp': 'allow' } }),
    await aGroup(ctx),
  ];
  await ctx.db.group.update({ where: { id: own.id }, data: { modelClasses: ['small'] } });
  const server = await ctx.db.modelServer.create({
    data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
  });
  const model = await ctx.db.model.create({ data: { id: newId(), serverId: server.id, name: 'any:1b', kind: 'chat' } });
  const client = await api.session(admin);
  const path = `/groups/${own.id}`;
  for (const rules of [{ 'tools.code': 'allow' }, { 'chat.use': 'inherit' }, { 'chat.use': 'allow' }])
    expect(await client.call('PUT', `${path}/permissions`, { rules }), JSON.stringify(rules)).toMatchObject(refused);
  const give = (to: { id: string }) =>
    client.call('POST', '/grants', { resource: { kind: 'model', id: model.id }, to: { kind: 'group', id: to.id } });
  expect(await give(own)).toMatchObject(refused);
  expect(await client.call('PATCH', path, { modelClasses: [] })).toMatchObject(refused);
  expect(await client.call('DELETE', `${path}/members/${admin.id}`)).toMatchObject(refused);
  expect(await client.call('DELETE', path)).toMatchObject(refused);
  const yaml = `
groups: [{ name: "${own.name}", permissions: { allow: [tools.code, chat.use] } }]
people: []
knowledgeBases: []
grants: [{ resource: { model: "any:1b" }, to: { group: "${own.name}" }, level: use }]`;
  const { body } = await client.call('POST', '/company-import', { yaml, apply: true });
  expect(body.changes.map(({ change }: { change: string }) => change)).toEqual(['skip', 'skip', 'skip', 'skip']);

  expect((await give(other)).status).toBe(201);
  const less = { 'tools.mcp': 'inherit', 'tools.terminal': 'deny' };
  expect((await client.call('PUT', `${path}/permissions`, { rules: less })).status).toBe(200);
  expect((await client.call('PATCH', path, { modelClasses: ['small', 'reasoning'] })).status).toBe(200);
  const another = await api.session(await aPerson(ctx, { role: 'admin' }));
  expect((await another.call('PUT', `${path}/permissions`, { rules: { 'tools.code': 'allow' } })).status).toBe(200);
  expect((await another.call('DELETE', `${path}/members/${admin.id}`)).status).toBe(204);
});
