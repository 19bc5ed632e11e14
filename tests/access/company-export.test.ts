import { describe, expect } from 'vitest';
import { exportCompany } from '../../core/access/company/export.ts';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { importCompany } from '../../core/access/company/import.ts';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { withholdPermissions } from '../../core/access/permission-rules.ts';
import { readSample } from '../../core/setup/sample.ts';
import { newId } from '../../core/ids.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPerson,
  EVERYONE,
  OPERATOR,
  toGroup,
  toPerson,
} from '../factories/company.ts';
import { aContext, type TestContext } from '../factories/context.ts';
import { freshDatabase } from '../setup/database.ts';
import { test } from '../flow/api/api.ts';

const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;

async function aServiceAccount(ctx: TestContext, owner: { id: string }, kind: 'person' | 'group' = 'person') {
  const [id, name] = [newId(), `Robot ${newId()}`];
  await ctx.db.person.create({ data: { id, name, role: 'user', kind: 'service' } });
  await ctx.db.serviceAccount.create({
    data: { personId: id, ownerKind: kind, ownerId: owner.id, description: 'Sums' },
  });
  return { id, name };
}

/** Something of everything that a company file can say. */
async function aFullCompany(ctx: TestContext) {
  const [owner, manager, member] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
  const permissions = { 'tools.code': 'allow', 'tools.mcp': 'deny' } as const;
  const group = await aGroup(ctx, { managers: [manager], members: [member], permissions });
  await ctx.db.group.update({ where: { id: group.id }, data: { modelClasses: ['small'], description: 'Small: yes' } });
  await withholdPermissions(ctx, OPERATOR, group.id, { 'tools.code': 'inherit' });
  const account = await aServiceAccount(ctx, owner);
  await ctx.db.membership.create({ data: { groupId: group.id, personId: account.id } });
  const [mine, ours] = [
    await aKnowledgeBase(ctx, { ownedBy: owner }),
    await aKnowledgeBase(ctx, { ownedByGroup: group }),
  ];
  await ctx.db.knowledgeBase.update({
    where: { id: mine.id },
    data: { notice: 'Review it.\nAlways.', discoverable: true, answerPolicy: 'may_add_general' },
  });
  await aGrant(ctx, mine, toGroup(group), 'contribute');
  await aGrant(ctx, mine, toPerson(account));
  const ending = await aGrant(ctx, ours, toPerson(member), 'manage');
  await ctx.db.grant.update({ where: { id: ending.id }, data: { expiresAt: new Date('2030-01-02T03:04:05.678Z') } });
  await aGrant(ctx, ours, EVERYONE);
  for (const server of ['One', 'Two']) {
    const made = await ctx.db.modelServer.create({
      data: { id: newId(), name: `${server} ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
    });
    const model = await ctx.db.model.create({
      data: { id: newId(), serverId: made.id, name: `shared-${group.id}`, kind: 'chat', classes: ['small'] },
    });
    if (server === 'One')
      await ctx.db.grant.create({
        data: {
          id: newId(),
          resourceKind: 'model',
          resourceId: model.id,
          toKind: 'group',
          toId: group.id,
          level: 'use',
        },
      });
  }
  const providerId = newId();
  await ctx.db.identityProvider.create({
    data: { id: providerId, key: `p-${providerId}`, kind: 'oidc', name: 'Okta' },
  });
  const mapping = { providerId, externalId: 'a-1', label: 'Chemists' };
  await ctx.db.groupMapping.create({ data: { id: newId(), ...mapping, groupId: group.id } });
  await ctx.db.groupMapping.create({ data: { id: newId(), ...mapping, toldAs: 'role', role: 'user' } });
  return { owner, manager, member, group, account, mine, ours };
}

const planned = async (ctx: TestContext, yaml: string, who = OPERATOR) =>
  importCompany(ctx, who, parseCompanyFile(yaml), { dryRun: true });

describe('a company file', () => {
  test('is exported by administrators alone, recorded, and without a secret', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { role: 'admin', password: 'a long enough secret' });
    expect((await (await api.session(await aPerson(ctx))).call('GET', '/company-export')).status).toBe(403);
    const { status, body } = await (await api.session(person)).call('GET', '/company-export');
    expect(status).toBe(200);
    const { hash } = await ctx.db.password.findUniqueOrThrow({ where: { personId: person.id } });
    expect(body.yaml).toContain(person.email);
    expect(body.yaml).not.toContain(hash);
    expect(await ctx.db.auditEntry.count({ where: { action: 'company.exported', actorId: person.id } })).toBe(1);
  });

  test('that was just exported changes nothing when it is imported, for the operator and an administrator', async ({
    ctx,
  }) => {
    await importCompany(ctx, OPERATOR, await readSample());
    await aFullCompany(ctx);
    const { yaml } = await exportCompany(ctx, OPERATOR);
    expect(await planned(ctx, yaml)).toMatchObject({ changes: [] });
    const admin = by(await aPerson(ctx, { role: 'admin' }));
    const again = (await exportCompany(ctx, OPERATOR)).yaml;
    expect(await planned(ctx, again, admin)).toMatchObject({ changes: [] });
    const twice = await importCompany(ctx, OPERATOR, parseCompanyFile(again));
    expect(twice.changes).toEqual([]);
    expect((await exportCompany(ctx, OPERATOR)).yaml).toBe(again);
  });

  test('shows what differs, and brings it back', async ({ ctx }) => {
    const { group, member, mine, ours, account } = await aFullCompany(ctx);
    const { yaml } = await exportCompany(ctx, OPERATOR);
    await ctx.db.membership.deleteMany({ where: { groupId: group.id, personId: member.id } });
    await ctx.db.permissionRule.deleteMany({ where: { groupId: group.id, permission: 'tools.mcp' } });
    await ctx.db.permissionRule.updateMany({ where: { groupId: group.id }, data: { withheld: false } });
    await ctx.db.knowledgeBase.update({ where: { id: mine.id }, data: { notice: '', ownerId: member.id } });
    await ctx.db.grant.updateMany({ where: { resourceId: ours.id, toId: member.id }, data: { expiresAt: null } });
    await ctx.db.groupMapping.deleteMany({ where: { groupId: group.id } });
    await ctx.db.serviceAccount.update({ where: { personId: account.id }, data: { description: '' } });
    const dry = await planned(ctx, yaml);
    expect(new Set(dry.changes.map(({ kind, change }) => `${change} ${kind}`))).toEqual(
      new Set([
        'create membership',
        'create permission',
        'update permission',
        'update knowledge_base',
        'update grant',
        'create mapping',
        'update service_account',
      ]),
    );
    expect(dry.changes.find(({ kind }) => kind === 'knowledge_base')?.detail).toBe('notice, owner');
    const applied = await importCompany(ctx, OPERATOR, parseCompanyFile(yaml));
    expect(applied.changes).toEqual(dry.changes);
    expect((await exportCompany(ctx, OPERATOR)).yaml).toBe(yaml);
  });

  test('makes the same company of an empty installation, where its model servers and providers are connected', async ({
    ctx,
  }) => {
    await importCompany(ctx, OPERATOR, await readSample());
    await aFullCompany(ctx);
    const { yaml } = await exportCompany(ctx, OPERATOR);
    const database = await freshDatabase();
    const empty = await aContext(database);
    await empty.db.modelServer.createMany({ data: await ctx.db.modelServer.findMany() });
    for (const { id, serverId, name } of await ctx.db.model.findMany())
      await empty.db.model.create({ data: { id, serverId, name, kind: 'chat' } });
    for (const { id, key } of await ctx.db.identityProvider.findMany())
      await empty.db.identityProvider.create({ data: { id, key, kind: 'oidc', name: key } });
    await importCompany(empty, OPERATOR, parseCompanyFile(yaml));
    const there = await exportCompany(empty, OPERATOR);
    await empty.close();
    await database.close();
    expect(there).toEqual({ yaml, leftOut: [] });
  });

  test('gives an administrator who imports it nothing, by no way', async ({ ctx }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const { mine, ours, group } = await aFullCompany(ctx);
    const own = await aServiceAccount(ctx, admin);
    await breakGlass(ctx, by(admin), {
      resource: { kind: 'knowledge_base', id: ours.id },
      level: 'manage',
      reason: 'To see what an import does',
    });
    const { yaml } = await exportCompany(ctx, OPERATOR);
    const file = parseCompanyFile(yaml);
    const person = file.people.find(({ email }) => email === admin.email)!;
    person.groups = [group.name];
    file.serviceAccounts.find(({ name }) => name === own.name)!.groups = [group.name];
    for (const base of [mine, ours]) {
      file.grants.push({ resource: { knowledgeBase: base.name }, to: { person: admin.email }, level: 'use' });
      file.grants.push({ resource: { knowledgeBase: base.name }, to: { serviceAccount: own.name }, level: 'use' });
      file.knowledgeBases.find(({ name }) => name === base.name)!.owner = { person: admin.email };
    }
    const other = await aGroup(ctx, { members: [admin] });
    file.groups.push({
      name: other.name,
      description: '',
      permissions: { allow: [], deny: [], withheld: [] },
      modelClasses: [],
    });
    file.grants.push({ resource: { knowledgeBase: ours.name }, to: { group: other.name }, level: 'use' });
    const { changes } = await importCompany(ctx, by(admin), file);
    expect(changes.filter(({ change }) => change !== 'skip')).toEqual([]);
    expect(changes).toHaveLength(9);
  });
});

test('what a file changes is recorded for each, and a grant that it changes stays the same one', async ({ ctx }) => {
  const [owner, reader] = [await aPerson(ctx), await aPerson(ctx)];
  const [group, base] = [await aGroup(ctx), await aKnowledgeBase(ctx, { ownedBy: owner })];
  const grant = await aGrant(ctx, base, toPerson(reader));
  const yaml = `
groups: [{ name: "${group.name}" }]
people:
  - { email: ${owner.email}, name: "${owner.name}", role: user }
  - { email: ${reader.email}, name: "${reader.name}", role: admin, groups: ["${group.name}"] }
knowledgeBases: [{ name: "${base.name}", owner: { person: ${owner.email} } }]
grants: [{ resource: { knowledgeBase: "${base.name}" }, to: { person: ${reader.email} }, level: contribute }]`;
  await importCompany(ctx, OPERATOR, parseCompanyFile(yaml));
  expect(await ctx.db.grant.findUnique({ where: { id: grant.id } })).toMatchObject({ level: 'contribute' });
  const actions = async (subjectId: string) =>
    (await ctx.db.auditEntry.findMany({ where: { subjectId } })).map(({ action }) => action);
  expect(await actions(reader.id)).toContain('person.changed');
  expect(await actions(group.id)).toContain('group.member_added');
  expect(await actions(base.id)).toContain('grant.changed');
});
