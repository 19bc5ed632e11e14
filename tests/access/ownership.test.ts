import { describe, expect } from 'vitest';
import { updateKnowledgeBase } from '../../core/knowledge/catalogue.ts';
import { importCompany } from '../../core/access/company/import.ts';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { decide } from '../../core/access/decide.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { newId } from '../../core/ids.ts';
import type { Client } from '../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, toPerson } from '../factories/company.ts';
import { test } from '../flow/api/api.ts';

const hand = (client: Client, base: { id: string }, kind: 'person' | 'group', { id }: { id: string }) =>
  client.call('PUT', `/knowledge-bases/${base.id}/owner`, { kind, id });

describe('a knowledge base is not handed on', () => {
  test('by who only uses it or contributes, nor by a stranger, for whom it is not there', async ({ api, ctx }) => {
    const [owner, helper, stranger] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(helper), 'contribute');
    expect((await hand(await api.session(helper), base, 'person', helper)).status).toBe(403);
    expect((await hand(await api.session(stranger), base, 'person', stranger)).status).toBe(404);
    expect((await hand(await api.session(stranger), { id: newId() }, 'person', stranger)).status).toBe(404);
  });

  test('to oneself or, by who does not own it, to a group of their own', async ({ api, ctx }) => {
    const [owner, manager] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const team = await aGroup(ctx, { managers: [manager] });
    await aGrant(ctx, base, toPerson(manager), 'manage');
    const client = await api.session(manager);
    for (const refused of [await hand(client, base, 'person', manager), await hand(client, base, 'group', team)])
      expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('takes over') } });
  });

  test('by a group’s manager to another group of theirs, which they would keep', async ({ api, ctx }) => {
    const [leaving, stays, reader] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const team = await aGroup(ctx, { managers: [leaving, stays] });
    const [own, shared, foreign] = [
      await aGroup(ctx, { managers: [leaving] }),
      await aGroup(ctx, { managers: [leaving], members: [stays] }),
      await aGroup(ctx, { managers: [stays], members: [reader] }),
    ];
    const base = await aKnowledgeBase(ctx, { ownedByGroup: team });
    const client = await api.session(leaving);
    const give = async ({ id }: { id: string }) => {
      const resource = { kind: 'knowledge_base', id: base.id };
      const body = { resource, to: { kind: 'group', id }, level: 'manage' };
      return (await client.call('POST', '/grants', body)).status;
    };
    expect(await give(own)).toBe(403);
    expect((await hand(client, base, 'group', own)).status).toBe(403);
    const yaml = `
groups: [{ name: "${own.name}" }]
people: []
knowledgeBases: [{ name: "${base.name}", owner: { group: "${own.name}" } }]
grants: [{ resource: { knowledgeBase: "${base.name}" }, to: { group: "${own.name}" }, level: manage }]`;
    const by = { personId: leaving.id, surface: 'portal' } as const;
    const { changes } = await importCompany(ctx, by, parseCompanyFile(yaml));
    expect(changes).toMatchObject([
      { kind: 'knowledge_base', change: 'skip' },
      { kind: 'grant', change: 'skip' },
    ]);
    await ctx.db.membership.deleteMany({ where: { groupId: team.id, personId: leaving.id } });
    expect((await scopeOf(ctx, leaving.id)).knowledgeBaseIds).not.toContain(base.id);
    await ctx.db.membership.create({
      data: { groupId: team.id, personId: leaving.id, manager: true, source: 'manual' },
    });
    expect([await give(shared), await give(foreign), await give(team)]).toEqual([201, 201, 201]);
  });

  test('nor does a file let people learn of it, by who was only given it to manage', async ({ ctx }) => {
    const [owner, manager] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(manager), 'manage');
    const yaml = `
people: [{ email: ${owner.email}, name: "${owner.name}", role: user }]
knowledgeBases: [{ name: "${base.name}", owner: { person: ${owner.email} }, discoverable: true }]
groups: []
grants: []`;
    const by = { personId: manager.id, surface: 'portal' } as const;
    const { changes } = await importCompany(ctx, by, parseCompanyFile(yaml));
    expect(changes).toMatchObject([{ kind: 'knowledge_base', change: 'skip' }]);
    await expect(updateKnowledgeBase(ctx, by, base.id, { discoverable: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await ctx.db.knowledgeBase.findUniqueOrThrow({ where: { id: base.id } })).discoverable).toBe(false);
  });

  test('by who was only given it to manage, nor by an import of theirs', async ({ api, ctx }) => {
    const [admin, owner, friend] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(friend), 'manage');
    await aGrant(ctx, base, toPerson(admin), 'manage');
    for (const manager of [friend, admin])
      expect(await hand(await api.session(manager), base, 'person', await aPerson(ctx))).toMatchObject({ status: 403 });
    const yaml = `
groups: []
people: [{ email: ${friend.email}, name: "${friend.name}", role: user }]
knowledgeBases: [{ name: "${base.name}", owner: { person: ${friend.email} } }]`;
    const { body } = await (await api.session(admin)).call('POST', '/company-import', { yaml, apply: true });
    expect(body.changes).toMatchObject([{ kind: 'knowledge_base', change: 'skip' }]);
    expect(await ctx.db.knowledgeBase.findUnique({ where: { id: base.id } })).toMatchObject({ ownerId: owner.id });
  });

  test('twice at once: of two new owners one has it, and the record knows of one', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const next = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const client = await api.session(owner);
    const statuses = await Promise.all(
      next.map(async (person) => ({ person, status: (await hand(client, base, 'person', person)).status })),
    );
    const winners = statuses.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(statuses.every(({ status }) => [200, 403, 404, 409].includes(status))).toBe(true);
    expect(await ctx.db.knowledgeBase.findUnique({ where: { id: base.id } })).toMatchObject({
      ownerId: winners[0]?.person.id,
    });
    expect(
      await ctx.db.auditEntry.count({ where: { action: 'knowledge_base.owner_changed', subjectId: base.id } }),
    ).toBe(1);
  });

  test('by an administrator while somebody looks after it, by break-glass neither', async ({ api, ctx }) => {
    const [admin, owner, other] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const client = await api.session(admin);
    expect(await hand(client, base, 'person', other)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('break-glass') },
    });
    await breakGlass(
      ctx,
      { personId: admin.id, surface: 'portal' },
      { resource: { kind: 'knowledge_base', id: base.id }, level: 'manage', reason: 'The owner is away for a month' },
    );
    expect((await hand(client, base, 'person', admin)).status).toBe(403);
    expect((await hand(client, base, 'group', await aGroup(ctx, { members: [admin, other] }))).status).toBe(403);
    expect((await hand(client, base, 'person', other)).status).toBe(403);
  });

  test('to who is not there, not active or not approved, nor to a group that nobody manages', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const client = await api.session(owner);
    expect((await hand(client, base, 'person', { id: newId() })).status).toBe(404);
    expect((await hand(client, base, 'group', { id: newId() })).status).toBe(404);
    const unable = [await aPerson(ctx, { status: 'deactivated' }), await aPerson(ctx, { role: 'pending' })];
    for (const person of unable) expect((await hand(client, base, 'person', person)).status).toBe(409);
    const gone = await aPerson(ctx);
    const group = await aGroup(ctx, { members: [owner], managers: [gone] });
    await ctx.db.person.update({ where: { id: gone.id }, data: { status: 'deactivated' } });
    expect((await hand(client, base, 'group', group)).status).toBe(409);
  });
});

describe('ownership', () => {
  test('goes on at once with everything, and leaves its maker nothing but their name', async ({ api, ctx }) => {
    const [maker, next] = [await aPerson(ctx), await aPerson(ctx)];
    await aGroup(ctx, { members: [maker], permissions: { 'workspace.knowledge': 'allow' } });
    const client = await api.session(maker);
    const made = (await client.call('POST', '/knowledge-bases', { name: `Base ${newId()}` })).body;
    expect(made).toMatchObject({ creator: { id: maker.id }, owner: { id: maker.id }, level: 'manage' });
    expect((await hand(client, made, 'person', next)).body).toMatchObject({
      owner: { kind: 'person', id: next.id, name: next.name },
      creator: { id: maker.id, name: maker.name },
      unowned: null,
    });
    expect((await client.call('GET', `/knowledge-bases/${made.id}`)).status).toBe(404);
    const seen = await (await api.session(next)).call('GET', `/knowledge-bases/${made.id}`);
    expect(seen.body).toMatchObject({ level: 'manage', creator: { name: maker.name } });
    const { detail } = await ctx.db.auditEntry.findFirstOrThrow({
      where: { action: 'knowledge_base.owner_changed', subjectId: made.id },
    });
    expect(detail).toEqual({ before: { kind: 'person', id: maker.id }, after: { kind: 'person', id: next.id } });
  });

  test('of somebody who is deactivated goes to the new owner in the same step', async ({ api, ctx }) => {
    const [admin, leaving, next] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const bases = [await aKnowledgeBase(ctx, { ownedBy: leaving }), await aKnowledgeBase(ctx, { ownedBy: leaving })];
    const client = await api.session(admin);
    const path = `/people/${leaving.id}`;
    const listed = (await client.call('GET', `${path}/owned`)).body.knowledgeBases;
    expect(new Set(listed.map((each: any) => each.id))).toEqual(new Set(bases.map(({ id }) => id)));
    expect((await (await api.session(next)).call('GET', `${path}/owned`)).status).toBe(403);

    const deactivate = (handOverTo: object) => client.call('POST', `${path}/deactivation`, { handOverTo });
    expect((await deactivate({ kind: 'person', id: admin.id })).status).toBe(403);
    expect((await deactivate({ kind: 'person', id: leaving.id })).status).toBe(400);
    expect((await client.call('GET', path)).body.status).toBe('active');
    expect((await deactivate({ kind: 'person', id: next.id })).status).toBe(204);
    expect((await client.call('GET', path)).body.status).toBe('deactivated');
    for (const { id } of bases) {
      expect((await decide(ctx, next.id, 'knowledge.manage', { kind: 'knowledge_base', id })).allowed).toBe(true);
      expect((await scopeOf(ctx, leaving.id)).knowledgeBaseIds).not.toContain(id);
    }
  });

  test('that nobody has any more is given by an administrator to somebody else', async ({ api, ctx }) => {
    const [admin, leaving, next] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: leaving });
    const client = await api.session(admin);
    expect((await client.call('POST', `/people/${leaving.id}/deactivation`, {})).status).toBe(204);
    expect((await hand(client, base, 'person', admin)).status).toBe(403);
    expect((await hand(client, base, 'person', next)).body).toMatchObject({ unowned: null, owner: { id: next.id } });
    expect((await hand(client, base, 'person', leaving)).status).toBe(403);
  });
});
