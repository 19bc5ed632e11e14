import { describe, expect } from 'vitest';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { newId } from '../../core/ids.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPassage,
  aPerson,
  EVERYONE,
  toGroup,
  toPerson,
} from '../factories/company.ts';
import { test } from '../flow/api/api.ts';

const REASON = 'Ticket 4711: the owner is away and an auditor asks';
const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
const onBase = ({ id }: { id: string }) => ({ kind: 'knowledge_base', id }) as const;

describe('an administrator without a break-glass', () => {
  test('gives themself nothing, and is told how they may', async ({ api, ctx }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const client = await api.session(admin);
    const group = await aGroup(ctx);
    const [own, others] = [await aKnowledgeBase(ctx, { ownedBy: admin }), await aKnowledgeBase(ctx)];
    const server = await ctx.db.modelServer.create({
      data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
    });
    const model = await ctx.db.model.create({
      data: { id: newId(), serverId: server.id, name: 'any:1b', kind: 'chat' },
    });
    const to = { kind: 'person', id: admin.id };
    for (const [path, body] of [
      ['/grants', { resource: onBase(own), to }],
      ['/grants', { resource: onBase(others), to }],
      ['/grants', { resource: { kind: 'model', id: model.id }, to }],
      [`/groups/${group.id}/members`, { personId: admin.id }],
    ] as const)
      expect(await client.call('POST', path, body), path).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('break-glass') },
      });
    expect((await scopeOf(ctx, admin.id)).knowledgeBaseIds).not.toContain(others.id);
  });
});

describe('a break-glass', () => {
  test('is refused to others, to keys, without a reason, for too long, and for what is not there', async ({
    api,
    ctx,
  }) => {
    const [admin, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const body = { resource: onBase(base), reason: REASON };
    const client = await api.session(admin);
    expect((await (await api.session(owner)).call('POST', '/break-glass', body)).status).toBe(403);
    expect((await (await api.key(admin, 'all')).call('POST', '/break-glass', body)).status).toBe(403);
    expect((await client.call('POST', '/break-glass', { ...body, reason: '          .' })).status).toBe(400);
    expect((await client.call('POST', '/break-glass', { ...body, minutes: 61 })).status).toBe(400);
    const nothing = { ...body, resource: onBase({ id: newId() }) };
    expect((await client.call('POST', '/break-glass', nothing)).status).toBe(404);
    const group = { kind: 'group', id: (await aGroup(ctx)).id };
    expect((await client.call('POST', '/break-glass', { ...body, resource: group, level: 'manage' })).status).toBe(400);
    const off = { ...ctx, config: { ...ctx.config, BREAK_GLASS_MAX_MINUTES: 0 } };
    const wanted = { resource: onBase(base), level: 'use', reason: REASON } as const;
    await expect(breakGlass(off, by(admin), wanted)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await ctx.db.breakGlass.count({ where: { personId: admin.id } })).toBe(0);
  });

  test('opens one knowledge base to read, and no other, for a while, told to its owner', async ({ api, ctx }) => {
    const [admin, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const [base, other] = [
      await aKnowledgeBase(ctx, { ownedBy: owner }),
      await aKnowledgeBase(ctx, { ownedBy: owner }),
    ];
    const { passageId } = await aPassage(ctx, base, { text: 'The reactor runs at 37 degrees.' });
    const client = await api.session(admin);
    expect((await client.call('GET', `/passages/${passageId}`)).status).toBe(404);
    const made = await client.call('POST', '/break-glass', { resource: onBase(base), reason: REASON, minutes: 30 });
    expect(made).toMatchObject({ status: 201, body: { level: 'use', living: true, resource: { name: base.name } } });
    expect(Date.parse(made.body.endsAt) - Date.parse(made.body.startedAt)).toBe(30 * 60_000);
    expect((await client.call('GET', `/passages/${passageId}`)).status).toBe(200);
    expect((await client.call('GET', `/knowledge-bases/${other.id}`)).status).toBe(404);
    expect((await client.call('DELETE', `/knowledge-bases/${base.id}`)).status).toBe(403);
    const why = await client.call('GET', `/explain?action=knowledge.read&resource=${base.id}`);
    expect(why.body.chain).toContainEqual(
      expect.objectContaining({ code: 'break_glass', until: made.body.endsAt, decides: true }),
    );

    const ownerClient = await api.session(owner);
    const { items } = (await ownerClient.call('GET', `/break-glass?kind=knowledge_base&id=${base.id}`)).body;
    expect(items).toMatchObject([{ person: { id: admin.id }, reason: REASON, living: true }]);
    const events = (await ownerClient.call('GET', '/account/events')).body.items;
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'break_glass.opened_yours', reason: REASON, byOther: true }),
    );
    expect((await ownerClient.call('GET', '/break-glass')).status).toBe(403);
    const stranger = await api.session(await aPerson(ctx));
    expect((await stranger.call('GET', `/break-glass?kind=knowledge_base&id=${base.id}`)).status).toBe(404);
    expect((await stranger.call('DELETE', `/break-glass/${made.body.id}`)).status).toBe(404);
    const { detail } = await ctx.db.auditEntry.findFirstOrThrow({
      where: { action: 'break_glass.opened', subjectId: base.id },
    });
    expect(detail).toMatchObject({ reason: REASON, level: 'use' });
  });

  test('ends by itself, when its owner ends it, and with the role', async ({ api, ctx }) => {
    const [admin, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const open = () => breakGlass(ctx, by(admin), { resource: onBase(base), level: 'use', reason: REASON });
    const reads = async (at = new Date()) =>
      (await scopeOf({ ...ctx, clock: { now: () => at } }, admin.id)).knowledgeBaseIds.includes(base.id);
    const first = await open();
    expect(await reads(new Date(first.endsAt.getTime() - 1))).toBe(true);
    expect(await reads(first.endsAt)).toBe(false);

    const client = await api.session(owner);
    expect((await client.call('DELETE', `/break-glass/${first.id}`)).status).toBe(204);
    expect(await reads()).toBe(false);
    expect((await client.call('DELETE', `/break-glass/${first.id}`)).status).toBe(204);

    await open();
    expect(await reads()).toBe(true);
    await ctx.db.person.update({ where: { id: admin.id }, data: { role: 'user' } });
    expect(await reads()).toBe(false);
  });

  test('to manage gives to others, and nothing that outlasts it to the one who broke the glass', async ({
    api,
    ctx,
  }) => {
    const [admin, colleague] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const [own, foreign] = [await aGroup(ctx, { members: [admin] }), await aGroup(ctx, { members: [colleague] })];
    await breakGlass(ctx, by(admin), { resource: onBase(base), level: 'manage', reason: REASON });
    const client = await api.session(admin);
    const give = async (to: object) => (await client.call('POST', '/grants', { resource: onBase(base), to })).status;
    expect(await give({ kind: 'person', id: admin.id })).toBe(403);
    expect(await give({ kind: 'group', id: own.id })).toBe(403);
    expect(await give(EVERYONE)).toBe(403);
    expect(await give({ kind: 'group', id: foreign.id })).toBe(201);
    expect((await scopeOf(ctx, colleague.id)).knowledgeBaseIds).toContain(base.id);
  });

  test('gives for as long as it lasts, and whoever manages by it gives no longer', async ({ api, ctx }) => {
    const [admin, friend, third] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const [owner, before] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(before));
    const opened = await breakGlass(ctx, by(admin), { resource: onBase(base), level: 'manage', reason: REASON });
    const client = await api.session(admin);
    const given = await client.call('POST', '/grants', {
      resource: onBase(base),
      to: toPerson(friend),
      level: 'manage',
      expiresAt: new Date(opened.endsAt.getTime() + 86_400_000).toISOString(),
    });
    expect(given).toMatchObject({ status: 201, body: { expiresAt: opened.endsAt.toISOString() } });
    const onwards = await (
      await api.session(friend)
    ).call('POST', '/grants', {
      resource: onBase(base),
      to: toPerson(third),
    });
    expect(onwards).toMatchObject({ status: 201, body: { expiresAt: opened.endsAt.toISOString() } });
    const kept = { resource: onBase(base), to: toPerson(before), level: 'manage' };
    expect((await client.call('POST', '/grants', kept)).status).toBe(403);

    const readers = async () => {
      const scopes = await Promise.all([admin, friend, third, before].map(({ id }) => scopeOf(ctx, id)));
      return scopes.map(({ knowledgeBaseIds }) => knowledgeBaseIds.includes(base.id));
    };
    expect(await readers()).toEqual([true, true, true, true]);
    await (await api.session(owner)).call('DELETE', `/break-glass/${opened.id}`);
    expect(await readers()).toEqual([false, false, false, true]);
  });

  test('into a group that was given something to manage gives nothing that outlasts it', async ({ api, ctx }) => {
    const [admin, friend, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const [group, own] = [await aGroup(ctx), await aGroup(ctx, { members: [admin] })];
    await aGrant(ctx, base, toGroup(group), 'manage');
    const resource = { kind: 'group', id: group.id } as const;
    const opened = await breakGlass(ctx, by(admin), { resource, level: 'use', reason: REASON });
    const client = await api.session(admin);
    const give = async (to: object) => client.call('POST', '/grants', { resource: onBase(base), to });
    expect((await give(toGroup(own))).status).toBe(403);
    expect((await give(EVERYONE)).status).toBe(403);
    expect(await give(toPerson(friend))).toMatchObject({ body: { expiresAt: opened.endsAt.toISOString() } });
    const mine = `/knowledge-bases/${base.id}/owner`;
    expect((await client.call('PUT', mine, { kind: 'person', id: friend.id })).status).toBe(403);
    const yaml = `
groups: [{ name: "${own.name}" }]
people: [{ email: ${owner.email}, name: "${owner.name}", role: user }, { email: new-one@example.com, name: N, role: user, groups: ["${own.name}"] }]
knowledgeBases: [{ name: "${base.name}", owner: { group: "${own.name}" } }]
grants: [{ resource: { knowledgeBase: "${base.name}" }, to: { group: "${own.name}" }, level: use }]`;
    const { body } = await client.call('POST', '/company-import', { yaml, apply: true });
    const changed = body.changes.filter(({ change }: { change: string }) => change !== 'skip');
    expect(new Set(changed.map(({ kind }: { kind: string }) => kind))).toEqual(new Set(['person', 'membership']));
    const newOne = await ctx.db.person.findFirstOrThrow({ where: { email: 'new-one@example.com' } });
    expect((await scopeOf(ctx, newOne.id)).knowledgeBaseIds).not.toContain(base.id);
  });

  test('into a group is told to the owners of all that the group opens', async ({ ctx }) => {
    const [admin, owner, head, past] = [
      await aPerson(ctx, { role: 'admin' }),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    const group = await aGroup(ctx);
    const bases = [
      await aKnowledgeBase(ctx, { ownedBy: owner }),
      await aKnowledgeBase(ctx, { ownedByGroup: await aGroup(ctx, { managers: [head] }) }),
    ];
    for (const base of bases) await aGrant(ctx, base, toGroup(group));
    const over = await aGrant(ctx, await aKnowledgeBase(ctx, { ownedBy: past }), toGroup(group));
    await ctx.db.grant.update({ where: { id: over.id }, data: { expiresAt: new Date(0) } });
    const resource = { kind: 'group', id: group.id } as const;
    await breakGlass(ctx, by(admin), { resource, level: 'use', reason: REASON });
    const told = await ctx.db.auditEntry.findMany({
      where: { action: 'break_glass.opened_yours', actorId: admin.id },
      select: { subjectId: true },
    });
    expect(new Set(told.map(({ subjectId }) => subjectId))).toEqual(new Set([owner.id, head.id]));
  });

  test('into a group gives what a plain member has, for a while, and its denials too', async ({ api, ctx }) => {
    const [admin, manager] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const group = await aGroup(ctx, {
      managers: [manager],
      permissions: { 'tools.code': 'allow', 'chat.use': 'deny' },
    });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    const client = await api.session(admin);
    const made = await client.call('POST', '/break-glass', {
      resource: { kind: 'group', id: group.id },
      reason: REASON,
    });
    expect(made.status).toBe(201);
    const me = (await client.call('GET', '/session')).body;
    expect(me.permissions).toMatchObject({ 'tools.code': true, 'chat.use': false });
    expect((await client.call('GET', `/knowledge-bases/${base.id}`)).body).toMatchObject({ level: 'use' });
    const { chain } = (await client.call('GET', `/explain?action=knowledge.read&resource=${base.id}`)).body;
    expect(chain).toContainEqual(expect.objectContaining({ text: `Member of ${group.name}, joined by break-glass` }));
    const told = (await (await api.session(manager)).call('GET', '/account/events')).body.items;
    expect(told).toContainEqual(expect.objectContaining({ action: 'break_glass.opened_yours' }));
    await client.call('DELETE', `/break-glass/${made.body.id}`);
    expect((await client.call('GET', `/knowledge-bases/${base.id}`)).status).toBe(404);
  });

  test('takes back what it gave when it is ended early, whenever that was to end, and nothing else', async ({
    api,
    ctx,
  }) => {
    const [admin, soon, later, owner] = [
      await aPerson(ctx, { role: 'admin' }),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    const [base, other] = [
      await aKnowledgeBase(ctx, { ownedBy: owner }),
      await aKnowledgeBase(ctx, { ownedBy: owner }),
    ];
    const opened = await breakGlass(ctx, by(admin), { resource: onBase(base), level: 'manage', reason: REASON });
    const client = await api.session(admin);
    const end = new Date(opened.endsAt.getTime() - 60_000).toISOString();
    const body = { resource: onBase(base), to: toPerson(soon), expiresAt: end };
    expect((await client.call('POST', '/grants', body)).body.expiresAt).toBe(end);
    const foreign = await aGrant(ctx, other, toPerson(later));
    await ctx.db.grant.update({ where: { id: foreign.id }, data: { expiresAt: opened.endsAt } });
    await (await api.session(owner)).call('DELETE', `/break-glass/${opened.id}`);
    expect((await scopeOf(ctx, soon.id)).knowledgeBaseIds).not.toContain(base.id);
    expect((await scopeOf(ctx, later.id)).knowledgeBaseIds).toContain(other.id);
  });

  test('caps by what it opens, and by no other break-glass of theirs', async ({ api, ctx }) => {
    const [admin, friend] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const group = { kind: 'group', id: (await aGroup(ctx)).id } as const;
    const opened = await breakGlass(ctx, by(admin), { resource: onBase(base), level: 'manage', reason: REASON });
    await breakGlass(ctx, by(admin), { resource: group, level: 'use', reason: REASON, minutes: 1 });
    const given = await (
      await api.session(admin)
    ).call('POST', '/grants', { resource: onBase(base), to: toPerson(friend) });
    expect(given.body.expiresAt).toBe(opened.endsAt.toISOString());
  });

  test('to manage takes back no grant of others, changes none, and deletes nothing', async ({ api, ctx }) => {
    const [admin, owner, before, manager] = [
      await aPerson(ctx, { role: 'admin' }),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const grant = await aGrant(ctx, base, toPerson(before));
    await ctx.db.grant.update({ where: { id: grant.id }, data: { expiresAt: new Date(Date.now() + 60_000) } });
    await aGrant(ctx, base, toPerson(manager), 'manage');
    await breakGlass(ctx, by(admin), { resource: onBase(base), level: 'manage', reason: REASON });
    const client = await api.session(admin);
    expect((await client.call('DELETE', `/grants/${grant.id}`)).status).toBe(403);
    const more = { resource: onBase(base), to: toPerson(before), level: 'contribute' };
    expect((await client.call('POST', '/grants', more)).status).toBe(403);
    expect((await client.call('DELETE', `/knowledge-bases/${base.id}`)).status).toBe(403);
    const managerClient = await api.session(manager);
    expect((await managerClient.call('DELETE', `/knowledge-bases/${base.id}`)).status).toBe(403);
    const own = await client.call('POST', '/grants', { resource: onBase(base), to: toPerson(await aPerson(ctx)) });
    expect((await client.call('DELETE', `/grants/${own.body.id}`)).status).toBe(204);
    expect((await (await api.session(owner)).call('DELETE', `/knowledge-bases/${base.id}`)).status).toBe(204);
  });
});
