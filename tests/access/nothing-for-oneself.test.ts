import { describe, expect } from 'vitest';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createGrant, deleteGrant } from '../../core/access/grants.ts';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { importCompany } from '../../core/access/company/import.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { firstSignInFile } from '../../core/identity/first-sign-in-file.ts';
import { acceptOneTimeLink, createOneTimeLink } from '../../core/identity/one-time-links.ts';
import { connectServer, updateModel } from '../../core/models/administration.ts';
import { newId } from '../../core/ids.ts';
import { aGroup, aKnowledgeBase, aPerson, toPerson } from '../factories/company.ts';
import { test } from '../factories/context.ts';

describe('who manages a knowledge base for a group', () => {
  test('cannot give it to themself, so that it ends with the group', async ({ ctx }) => {
    const [manager, member] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [manager], members: [member] });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    const by = { personId: manager.id, surface: 'portal' } as const;
    const wanted = { resource: { kind: 'knowledge_base', id: base.id }, level: 'use', expiresAt: null } as const;
    await expect(createGrant(ctx, by, { ...wanted, to: toPerson(manager) })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const yaml = `
company: { name: C, domain: example.com }
groups: [{ name: "${group.name}" }]
people: [{ email: ${manager.email}, name: "${manager.name}", role: user, groups: ["${group.name}"], manages: ["${group.name}"] }]
knowledgeBases: [{ name: "${base.name}", owner: { group: "${group.name}" } }]
grants: [{ resource: { knowledgeBase: "${base.name}" }, to: { person: ${manager.email} }, level: manage }]`;
    const { changes } = await importCompany(ctx, by, parseCompanyFile(yaml));
    expect(changes).toContainEqual(expect.objectContaining({ kind: 'grant', change: 'skip' }));

    await ctx.db.membership.deleteMany({ where: { personId: manager.id } });
    expect((await scopeOf(ctx, manager.id)).knowledgeBaseIds).not.toContain(base.id);
  });

  test('gives it to others, and takes it back', async ({ ctx }) => {
    const [manager, other] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: manager });
    const by = { personId: manager.id, surface: 'portal' } as const;
    const grant = await createGrant(ctx, by, {
      resource: { kind: 'knowledge_base', id: base.id },
      to: toPerson(other),
      level: 'use',
      expiresAt: null,
    });
    expect((await scopeOf(ctx, other.id)).knowledgeBaseIds).toContain(base.id);
    await deleteGrant(ctx, by, grant.id);
    expect((await scopeOf(ctx, other.id)).knowledgeBaseIds).not.toContain(base.id);
  });
});

test('a secret in the address of a model server is refused: addresses are shown and recorded', async ({ ctx }) => {
  const by = { personId: (await aPerson(ctx, { role: 'admin' })).id, surface: 'portal' } as const;
  const baseUrl = 'http://someone:a-secret@127.0.0.1:9';
  await expect(connectServer(ctx, by, { name: 'Secretive', kind: 'openai', baseUrl })).rejects.toMatchObject({
    code: 'bad_input',
  });
  expect(JSON.stringify([await ctx.db.modelServer.findMany(), await ctx.db.auditEntry.findMany()])).not.toContain(
    'a-secret',
  );
});

test('the file with the first password goes too when the administrator sets another one by a link', async ({ ctx }) => {
  const file = firstSignInFile(ctx.config);
  await writeFile(file, 'Password: the first one');
  const [another, first] = [
    await aPerson(ctx, { role: 'admin', password: 'a long enough secret' }),
    await aPerson(ctx, { role: 'admin', password: 'the first one of all', mustChange: true }),
  ];
  const accept = async (personId: string) => {
    const { url } = await createOneTimeLink(ctx, personId, 'reset_password', null);
    const token = url.slice(url.lastIndexOf('/') + 1);
    await acceptOneTimeLink(ctx, token, { password: 'another secret of mine', address: null, device: null });
  };
  await accept(another.id);
  expect(existsSync(file)).toBe(true);
  await accept(first.id);
  expect(existsSync(file)).toBe(false);
});

describe('an administrator of models', () => {
  test('takes no limit off themself by the classes of a model, by a file neither', async ({ ctx }) => {
    const [admin, other] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'admin' })];
    const group = await aGroup(ctx, { members: [admin] });
    await ctx.db.group.update({ where: { id: group.id }, data: { modelClasses: ['approved'] } });
    const server = await ctx.db.modelServer.create({
      data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
    });
    const model = await ctx.db.model.create({
      data: { id: newId(), serverId: server.id, name: `m-${newId()}`, kind: 'chat' },
    });
    const as = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
    const change = { classes: ['approved'] };
    await expect(updateModel(ctx, as(admin), model.id, change)).rejects.toMatchObject({ code: 'forbidden' });
    const yaml = `
groups: []
people: []
knowledgeBases: []
grants: []
models: [{ name: ${model.name}, classes: [approved] }]`;
    const { changes } = await importCompany(ctx, as(admin), parseCompanyFile(yaml));
    expect(changes).toMatchObject([{ kind: 'model', change: 'skip' }]);
    expect((await ctx.db.model.findUniqueOrThrow({ where: { id: model.id } })).classes).toEqual([]);
    await updateModel(ctx, as(other), model.id, { ...change, isDefault: true });
    const told = await ctx.db.auditEntry.findMany({ where: { action: 'model.default_changed_by_other' } });
    expect(told.filter(({ actorId }) => actorId === other.id).map(({ subjectId }) => subjectId)).toContain(admin.id);
  });

  test('is told when another one connects a server', async ({ ctx }) => {
    const [admin, other] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'admin' })];
    const wanted = { name: `Server ${newId()}`, kind: 'openai', baseUrl: 'http://127.0.0.1:9' } as const;
    await connectServer(ctx, { personId: other.id, surface: 'portal' }, wanted);
    const told = { action: 'model_server.connected_by_other', actorId: other.id };
    const entries = await ctx.db.auditEntry.findMany({ where: told });
    expect(entries).toContainEqual(expect.objectContaining({ subjectId: admin.id }));
    expect(entries.map(({ subjectId }) => subjectId)).not.toContain(other.id);
  });
});
