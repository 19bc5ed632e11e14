import { describe, expect } from 'vitest';
import { approve, listWaiting, refuse, undoRefusal, wasRefused } from '../../core/access/waiting.ts';
import { updatePerson } from '../../core/access/people.ts';
import type { Context } from '../../core/context.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { aGroup, aPerson, type TestPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';
import { test } from '../flow/api/api.ts';

const as = (person: TestPerson) => ({ personId: person.id, surface: 'portal' }) as const;
const ALL = { refused: false, after: null, limit: 100 };

async function aComer(ctx: Context, given: Parameters<typeof facts>[0] = {}) {
  const provider = await aProvider(ctx, {
    name: 'Head office',
    settings: { newPeople: 'pending', groupsFrom: 'sign_in' },
  });
  return (await signOn(ctx, provider, facts(given))).person;
}

describe('who waits for approval', () => {
  test('is told to nobody but administrators, and let in by nobody else', async ({ ctx, api }) => {
    const waiting = await aPerson(ctx, { role: 'pending' });
    for (const person of [await aPerson(ctx), waiting]) {
      const client = await api.session(person);
      expect((await client.call('GET', '/people/waiting')).status).toBe(403);
      expect((await client.call('POST', '/people/waiting/approval', { people: [waiting.id] })).status).toBe(403);
      expect((await client.call('POST', '/people/waiting/refusal', { people: [waiting.id] })).status).toBe(403);
    }
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: waiting.id } })).role).toBe('pending');
  });

  test('does not come into a group that is not there, and is not let in then either', async ({ ctx }) => {
    const [admin, waiting] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'pending' })];
    const wanted = { people: [waiting.id], role: 'user', groups: [newId()] } as const;
    await expect(approve(ctx, as(admin), wanted)).rejects.toMatchObject({ code: 'not_found' });
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: waiting.id } })).role).toBe('pending');
  });

  test('is not let in with others of whom one does not exist', async ({ ctx }) => {
    const [admin, waiting] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'pending' })];
    const wanted = { people: [waiting.id, newId()], role: 'user', groups: [] } as const;
    await expect(approve(ctx, as(admin), wanted)).rejects.toMatchObject({ code: 'not_found' });
    await expect(refuse(ctx, as(admin), wanted.people)).rejects.toMatchObject({ code: 'not_found' });
    expect(await wasRefused(ctx, waiting.id)).toBe(false);
  });

  test('keeps the role that somebody else gave meanwhile, and whoever is deactivated stays out', async ({ ctx }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const [other, gone] = [
      await aPerson(ctx, { role: 'admin' }),
      await aPerson(ctx, { role: 'pending', status: 'deactivated' }),
    ];
    const wanted = { people: [other.id, gone.id], role: 'user', groups: [(await aGroup(ctx)).id] } as const;
    expect(await approve(ctx, as(admin), wanted)).toEqual([]);
    expect(await refuse(ctx, as(admin), wanted.people)).toEqual([]);
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: other.id } })).role).toBe('admin');
    expect(await ctx.db.membership.count({ where: { personId: { in: [other.id, gone.id] } } })).toBe(0);
  });

  test('refused: stays out, is listed no more, comes in by approval or waits again when it is undone', async ({
    ctx,
  }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const [one, other] = [await aPerson(ctx, { role: 'pending' }), await aPerson(ctx, { role: 'pending' })];
    const listed = async (refused: boolean) =>
      (await listWaiting(ctx, { ...ALL, refused })).people
        .map(({ id }) => id)
        .filter((id) => [one.id, other.id].includes(id));
    // The older one stands first: two of one millisecond have no order.
    await ctx.db.person.update({ where: { id: one.id }, data: { createdAt: new Date('2026-01-01') } });
    expect(await listed(false)).toEqual([one.id, other.id]);
    await refuse(ctx, as(admin), [one.id, other.id]);
    expect(await listed(false)).toEqual([]);
    expect(await listed(true)).toEqual([one.id, other.id]);
    expect(await wasRefused(ctx, one.id)).toBe(true);
    await undoRefusal(ctx, as(admin), [one.id]);
    expect(await listed(false)).toEqual([one.id]);
    await updatePerson(ctx, as(admin), other.id, { role: 'user' });
    await updatePerson(ctx, as(admin), other.id, { role: 'pending' });
    expect(await listed(false), 'approved, then taken back').toEqual([one.id, other.id]);
  });

  test('signing in again after a refusal asks nobody again', async ({ ctx }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const provider = await aProvider(ctx, { settings: { newPeople: 'pending' } });
    const told = facts();
    const { person } = await signOn(ctx, provider, told);
    await refuse(ctx, as(admin), [person.id]);
    await signOn(ctx, provider, told);
    expect((await listWaiting(ctx, ALL)).people.map(({ id }) => id)).not.toContain(person.id);
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: person.id } })).role).toBe('pending');
  });
});

test('the list shows what the provider told: its name, address and groups by name', async ({ ctx }) => {
  const person = await aComer(ctx, {
    name: 'Nora New',
    email: 'nora@example.com',
    groups: [{ id: 'g-1', label: 'Laboratory' }, { id: 'g-2' }],
  });
  const { people, total } = await listWaiting(ctx, ALL);
  expect(total).toBe(people.length);
  const found = people.find(({ id }) => id === person.id);
  expect(found).toMatchObject({
    name: 'Nora New',
    told: [
      { provider: 'Head office', email: 'nora@example.com', groups: expect.arrayContaining(['g-2', 'Laboratory']) },
    ],
  });
});

test('several are let in at once, into groups, and their open session comes in with the next call', async ({
  ctx,
  api,
}) => {
  const admin = await aPerson(ctx, { role: 'admin' });
  const group = await aGroup(ctx);
  const [one, other] = [await aPerson(ctx, { role: 'pending' }), await aPerson(ctx, { role: 'pending' })];
  const client = await api.session(one);
  expect((await client.call('GET', '/knowledge-bases')).status).toBe(403);
  const { status, body } = await (
    await api.session(admin)
  ).call('POST', '/people/waiting/approval', { people: [one.id, other.id], role: 'user', groups: [group.id] });
  expect({ status, body }).toEqual({ status: 200, body: { people: [one.id, other.id].toSorted() } });
  expect((await client.call('GET', '/knowledge-bases')).status).toBe(200);
  expect(await ctx.db.membership.count({ where: { groupId: group.id } })).toBe(2);
  expect(await ctx.db.auditEntry.findFirst({ where: { action: 'person.approved', subjectId: one.id } })).toMatchObject({
    actorId: admin.id,
    detail: { role: 'user', groups: [group.id] },
  });
});
