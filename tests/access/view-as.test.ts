import { describe, expect } from 'vitest';
import { routes } from '../../portal/api/routes.ts';
import { newId } from '../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, aPassage, aPerson, toGroup, toPerson } from '../factories/company.ts';
import type { TestContext } from '../factories/context.ts';
import { test } from '../flow/api/api.ts';

/** What shows rights and menus, or ends the view: all that answers meanwhile. */
const OPEN = ['GET /session', 'DELETE /session', 'GET /view-as', 'DELETE /view-as'];

const filled = (path: string, id: string): string =>
  path
    .replaceAll('{token}', 'no-such-token')
    .replaceAll('{page}', '1')
    .replaceAll(/\{\w+\}/g, id);

/** An administrator who can read a knowledge base themself, and a person with another one. */
async function aHouse(ctx: TestContext) {
  const [admin, person] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
  const group = await aGroup(ctx, { managers: [person], permissions: { 'tools.code': 'allow' } });
  const [own, others, ofGroup] = [await aKnowledgeBase(ctx), await aKnowledgeBase(ctx), await aKnowledgeBase(ctx)];
  await aGrant(ctx, own, toPerson(admin));
  await aGrant(ctx, others, toPerson(person), 'manage');
  await aGrant(ctx, ofGroup, toGroup(group));
  return { admin, person, group, own, others, ofGroup };
}

describe('viewing as somebody else', () => {
  test('is for administrators in a browser, and for nobody without rights', async ({ api, ctx }) => {
    const { admin, person } = await aHouse(ctx);
    const gone = await aPerson(ctx, { status: 'deactivated' });
    const refused = await (await api.session(person)).call('POST', '/view-as', { kind: 'person', id: admin.id });
    expect(refused.status).toBe(403);
    const key = await api.key(admin, 'all');
    expect((await key.call('POST', '/view-as', { kind: 'person', id: person.id })).status).toBe(403);
    const client = await api.session(admin);
    expect((await client.call('POST', '/view-as', { kind: 'person', id: newId() })).status).toBe(404);
    expect((await client.call('POST', '/view-as', { kind: 'group', id: person.id })).status).toBe(404);
    expect((await client.call('POST', '/view-as', { kind: 'person', id: gone.id })).status).toBe(409);
  });

  test('opens no call that could give text or change something, not even what the administrator may read', async ({
    api,
    ctx,
  }) => {
    const { admin, person, own, others } = await aHouse(ctx);
    const passages = [
      await aPassage(ctx, own, { text: 'The canary of the administrator.' }),
      await aPassage(ctx, others, { text: 'The canary of the person.' }),
    ];
    const client = await api.session(admin);
    expect((await client.call('GET', `/passages/${passages[0]!.passageId}`)).status).toBe(200);
    await client.call('POST', '/view-as', { kind: 'person', id: person.id });
    for (const { call } of routes) {
      if (call.access === 'public' || OPEN.includes(`${call.method} ${call.path}`)) continue;
      const { status, body } = await client.call(call.method, filled(call.path, others.id));
      expect({ status, code: body?.code }, `${call.method} ${call.path}`).toEqual({ status: 403, code: 'viewing_as' });
    }
    for (const { passageId, documentId } of passages)
      for (const path of [`/passages/${passageId}`, `/documents/${documentId}/file`, `/documents/${documentId}`])
        expect((await client.call('GET', path)).body.code, path).toBe('viewing_as');
    expect((await client.call('POST', '/search', { query: 'canary' })).body.code).toBe('viewing_as');
    expect((await client.call('POST', '/ask', { question: 'What is the canary?' })).body.code).toBe('viewing_as');
    const told = JSON.stringify([await client.call('GET', '/session'), await client.call('GET', '/view-as')]);
    expect(told).not.toContain('canary');
  });

  test('shows the menu and rights of the person, by name, and is recorded where they see it', async ({ api, ctx }) => {
    const { admin, person, group, own, others, ofGroup } = await aHouse(ctx);
    const client = await api.session(admin);
    const made = await client.call('POST', '/view-as', { kind: 'person', id: person.id });
    expect(made).toMatchObject({ status: 201, body: { kind: 'person', id: person.id, name: person.name } });
    const theirs = (await (await api.session(person)).call('GET', '/session')).body;
    const { body: me } = await client.call('GET', '/session');
    expect(me).toMatchObject({ person: { id: admin.id }, viewingAs: { id: person.id, until: made.body.until } });
    expect([me.permissions, me.manages]).toEqual([theirs.permissions, theirs.manages]);
    const { body: rights } = await client.call('GET', '/view-as');
    expect(rights).toMatchObject({ permissions: { 'tools.code': true, 'people.manage': false } });
    expect(rights.manages).toEqual([{ id: group.id, name: group.name }]);
    expect(new Set(rights.knowledgeBases.map((each: any) => each.id))).toEqual(new Set([others.id, ofGroup.id]));
    expect(rights.knowledgeBases.map((each: any) => each.id)).not.toContain(own.id);
    const { items } = (await (await api.session(person)).call('GET', '/account/events')).body;
    expect(items).toContainEqual(expect.objectContaining({ action: 'view_as.started', byOther: true }));
  });

  test('of a group shows what a plain member of it alone has', async ({ api, ctx }) => {
    const { admin, group, ofGroup } = await aHouse(ctx);
    const client = await api.session(admin);
    await client.call('POST', '/view-as', { kind: 'group', id: group.id });
    const { body } = await client.call('GET', '/view-as');
    expect(body).toMatchObject({ viewing: { kind: 'group', name: group.name }, manages: [] });
    expect(body.permissions).toMatchObject({ 'tools.code': true, 'people.manage': false, 'chat.use': true });
    expect(body.knowledgeBases).toEqual([{ id: ofGroup.id, name: ofGroup.name, level: 'use' }]);
  });

  test('ends when it is ended, by itself, with the session, and with the role', async ({ api, ctx }) => {
    const { admin, person } = await aHouse(ctx);
    const client = await api.session(admin);
    const start = () => client.call('POST', '/view-as', { kind: 'person', id: person.id });
    const viewing = async () => (await client.call('GET', '/session')).body.viewingAs;
    await start();
    expect((await client.call('DELETE', '/view-as')).status).toBe(204);
    expect(await viewing()).toBeNull();
    expect((await client.call('GET', '/people')).status).toBe(200);

    await start();
    const mine = { session: { personId: admin.id } };
    await ctx.db.viewAs.updateMany({ where: mine, data: { endsAt: new Date(Date.now() - 1) } });
    expect(await viewing()).toBeNull();
    expect((await start()).status).toBe(201);

    await ctx.db.person.update({ where: { id: admin.id }, data: { role: 'user' } });
    const me = (await client.call('GET', '/session')).body;
    expect(me).toMatchObject({ viewingAs: null, permissions: { 'people.manage': false } });
    await ctx.db.person.update({ where: { id: admin.id }, data: { role: 'admin' } });

    expect((await client.call('DELETE', '/session')).status).toBe(200);
    expect(await ctx.db.viewAs.count({ where: mine })).toBe(0);
    expect((await (await api.session(admin)).call('GET', '/session')).body.viewingAs).toBeNull();
  });
});
