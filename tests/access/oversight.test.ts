import { describe, expect } from 'vitest';
import { accessSummary } from '../../core/access/oversight.ts';
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

const without = (body: Record<string, unknown>) => ({ ...body, correlationId: 'another each time' });

describe('who can use a knowledge base', () => {
  test('is not for its readers, and for strangers it is as one that is not there', async ({ api, ctx }) => {
    const [owner, reader, stranger] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(reader), 'contribute');
    for (const part of ['access', 'access/summary']) {
      const path = (id: string) => `/knowledge-bases/${id}/${part}`;
      expect((await (await api.session(reader)).call('GET', path(base.id))).status).toBe(403);
      const client = await api.session(stranger);
      const hidden = await client.call('GET', path(base.id));
      expect(hidden.status).toBe(404);
      expect(without(hidden.body)).toEqual(without((await client.call('GET', path(newId()))).body));
    }
    expect((await (await api.session(owner)).call('GET', '/access/knowledge-bases')).status).toBe(403);
  });

  test('names nobody whose right has ended, who is deactivated, pending or has left the group', async ({
    api,
    ctx,
  }) => {
    const [owner, gone, pending, late, left] = [
      await aPerson(ctx),
      await aPerson(ctx, { status: 'deactivated' }),
      await aPerson(ctx, { role: 'pending' }),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const group = await aGroup(ctx, { members: [left, gone] });
    await aGrant(ctx, base, toGroup(group));
    for (const person of [gone, pending, late]) {
      const grant = await aGrant(ctx, base, toPerson(person));
      if (person === late) await ctx.db.grant.update({ where: { id: grant.id }, data: { expiresAt: new Date(0) } });
    }
    await ctx.db.membership.deleteMany({ where: { personId: left.id } });
    const { body } = await (await api.session(owner)).call('GET', `/knowledge-bases/${base.id}/access`);
    expect(body.items.map((each: any) => each.person.id)).toEqual([owner.id]);
  });

  test('is told by name with every cause, a page at a time, and is who reads it', async ({ api, ctx }) => {
    const mark = `Quill ${newId()}`;
    const [owner, both, byGroup] = [
      await aPerson(ctx, { name: `${mark} A` }),
      await aPerson(ctx, { name: `${mark} B` }),
      await aPerson(ctx, { name: `${mark} C` }),
    ];
    const group = await aGroup(ctx, { members: [both, byGroup] });
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toGroup(group));
    await aGrant(ctx, base, toPerson(both), 'manage');
    const client = await api.session(both);
    const path = `/knowledge-bases/${base.id}/access?limit=2`;
    const first = (await client.call('GET', path)).body;
    expect(first.items).toMatchObject([
      { person: { id: owner.id, kind: 'human' }, level: 'manage', causes: [{ code: 'owner' }] },
      {
        person: { id: both.id },
        level: 'manage',
        causes: [
          { code: 'grant_to_person', level: 'manage' },
          { code: 'grant_to_group', name: group.name, level: 'use' },
        ],
      },
    ]);
    const second = (await client.call('GET', `${path}&cursor=${first.nextCursor}`)).body;
    expect(second).toMatchObject({ items: [{ person: { id: byGroup.id }, level: 'use' }], nextCursor: null });
    for (const { id } of [owner, both, byGroup]) expect((await scopeOf(ctx, id)).knowledgeBaseIds).toContain(base.id);
    const found = await client.call('GET', `/knowledge-bases/${base.id}/access?q=${encodeURIComponent(`${mark} c`)}`);
    expect(found.body.items).toHaveLength(1);
    expect((await client.call('GET', `/knowledge-bases/${base.id}/access?q=%25`)).body.items).toEqual([]);
  });

  test('an administrator sees people and causes, and not a word of what is in it', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await ctx.db.knowledgeBase.update({
      where: { id: base.id },
      data: { notice: 'canary notice', description: 'canary' },
    });
    await aPassage(ctx, base, { text: 'The canary sings at dawn.', documentName: 'canary.md' });
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    for (const path of [
      `/knowledge-bases/${base.id}/access`,
      `/knowledge-bases/${base.id}/access/summary`,
      `/access/knowledge-bases?q=${encodeURIComponent(base.name)}`,
    ]) {
      const { status, body } = await admin.call('GET', path);
      expect(status, path).toBe(200);
      expect(JSON.stringify(body)).toContain(owner.name);
      expect(JSON.stringify(body)).not.toContain('canary');
    }
    expect((await admin.call('GET', `/knowledge-bases/${newId()}/access`)).status).toBe(404);
    expect((await admin.call('GET', `/knowledge-bases/${base.id}`)).status).toBe(404);
  });
});

test('what is open to everyone or to a large group is pointed out', async ({ ctx }) => {
  const members = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
  const [large, small] = [await aGroup(ctx, { members }), await aGroup(ctx, { members: members.slice(0, 2) })];
  const base = await aKnowledgeBase(ctx, { ownedByGroup: large });
  await aGrant(ctx, base, toGroup(small));
  const narrow = { ...ctx, config: { ...ctx.config, BROAD_GROUP_MEMBERS: 2 } };
  expect(await accessSummary(narrow, base.id)).toMatchObject({
    people: { use: 3, contribute: 0, manage: 0 },
    broad: [{ grantId: null, name: large.name, members: 3 }],
  });
  const grant = await aGrant(ctx, base, EVERYONE);
  const { broad } = await accessSummary(ctx, base.id);
  expect(broad).toEqual([
    {
      grantId: grant.id,
      name: null,
      members: await ctx.db.person.count({ where: { status: 'active', role: { not: 'pending' } } }),
    },
  ]);
});

test('a knowledge base whose owner is gone, or whose group nobody manages, is listed for administrators', async ({
  api,
  ctx,
}) => {
  const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
  const [leaving, staying] = [await aPerson(ctx), await aPerson(ctx)];
  const headless = await aGroup(ctx, { members: [staying] });
  const [left, kept, groups] = [
    await aKnowledgeBase(ctx, { ownedBy: leaving }),
    await aKnowledgeBase(ctx, { ownedBy: staying }),
    await aKnowledgeBase(ctx, { ownedByGroup: headless }),
  ];
  await ctx.db.person.update({ where: { id: leaving.id }, data: { status: 'deactivated' } });
  const reasonOf = async (base: { name: string }) =>
    (await admin.call('GET', `/access/knowledge-bases?unowned=true&q=${encodeURIComponent(base.name)}`)).body.items.map(
      (each: any) => each.unowned,
    );
  expect(await reasonOf(left)).toEqual(['owner_gone']);
  expect(await reasonOf(groups)).toEqual(['no_manager']);
  expect(await reasonOf(kept)).toEqual([]);
});
