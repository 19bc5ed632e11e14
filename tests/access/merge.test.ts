import { describe, expect } from 'vitest';
import { grantOn } from './merging.ts';
import { addMember } from '../../core/access/members.ts';
import { decide } from '../../core/access/decide.ts';
import { createGrant } from '../../core/access/grants.ts';
import { changePermissionRules } from '../../core/access/permission-rules.ts';
import { inOneHand } from '../../core/access/own-hands.sql.ts';
import { createPerson, deactivatePerson, getPerson, updatePerson } from '../../core/access/people.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { eventsAbout } from '../../core/audit/about-person.ts';
import type { Context } from '../../core/context.ts';
import { createApiKey, personOfApiKey } from '../../core/identity/api-keys.ts';
import { personOfChatAccount } from '../../core/identity/chat-accounts.ts';
import { askedOf, confirmByPassword, confirmThrough } from '../../core/identity/merge/confirm.ts';
import { beginSide } from '../../core/identity/merge/merges.sql.ts';
import { listMerges, proposeMerge, refuseMerge, withdrawMerge } from '../../core/identity/merge/propose.ts';
import { addMapping } from '../../core/identity/providers/mapping.ts';
import { openSession, personOfSession } from '../../core/identity/sessions.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, OPERATOR, toPerson, type TestPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';
import { as, bothConfirm, confirms, PASSWORD, test, twoOfOne } from './merging.ts';

const none = { code: 'not_found' };
const conflict = { code: 'conflict' };

describe('a merge is proposed to nobody', () => {
  test('who is deactivated, a service account, invented by the sample, or joined already', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const propose = (kept: string, joining: string) => proposeMerge(ctx, as(admin), { kept, joining, role: null });
    const gone = await aPerson(ctx, { status: 'deactivated' });
    await expect(propose(comer.id, gone.id)).rejects.toMatchObject(conflict);
    await ctx.db.person.update({ where: { id: gone.id }, data: { kind: 'service', status: 'active' } });
    await expect(propose(comer.id, gone.id)).rejects.toMatchObject(none);
    const invented = await aPerson(ctx);
    await ctx.db.person.update({ where: { id: invented.id }, data: { fromSample: true } });
    await expect(propose(comer.id, invented.id)).rejects.toMatchObject(conflict);
    await expect(propose(comer.id, newId())).rejects.toMatchObject(none);
    await expect(propose(comer.id, comer.id)).rejects.toMatchObject({ code: 'bad_input' });
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    await expect(propose(comer.id, local.id)).rejects.toMatchObject(conflict);
  });

  test('to two who both have only a password: whoever invented one of them would know it', async ({ ctx }) => {
    const { admin, local } = await twoOfOne(ctx);
    const wanted = { kept: local.id, joining: (await aPerson(ctx)).id, role: null };
    await expect(proposeMerge(ctx, as(admin), wanted)).rejects.toMatchObject({ details: { reason: 'both_local' } });
  });

  test('with a role that neither has, nor with a higher one by one of the two', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const wanted = { kept: comer.id, joining: local.id };
    await expect(proposeMerge(ctx, as(admin), { ...wanted, role: 'admin' })).rejects.toMatchObject(conflict);
    await aPerson(ctx, { role: 'admin' });
    await expect(
      proposeMerge(ctx, as(admin), { kept: admin.id, joining: comer.id, role: 'admin' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('that one of them gave rights: an administrator would read through somebody invented', async ({ ctx }) => {
    const { admin, comer } = await twoOfOne(ctx);
    await aPerson(ctx, { role: 'admin' });
    const wanted = { kept: admin.id, joining: comer.id, role: null };
    const group = await aGroup(ctx);
    await addMember(ctx, as(admin), group.id, { personId: comer.id, manager: false });
    await expect(proposeMerge(ctx, as(admin), wanted)).rejects.toMatchObject({ details: { reason: 'given_between' } });
    await ctx.db.membership.deleteMany({ where: { personId: comer.id } });
    const base = await aKnowledgeBase(ctx, { ownedBy: admin });
    const resource = { kind: 'knowledge_base', id: base.id } as const;
    const given = { resource, to: toPerson(comer), level: 'use', expiresAt: null } as const;
    await createGrant(ctx, as(admin), given);
    await expect(proposeMerge(ctx, as(admin), wanted)).rejects.toMatchObject({ details: { reason: 'given_between' } });
  });

  test('a second time while one is open that names either', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const third = await twoOfOne(ctx);
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    for (const other of [third.comer, third.local])
      await expect(
        proposeMerge(ctx, as(admin), { kept: comer.id, joining: other.id, role: null }),
      ).rejects.toMatchObject(conflict);
    const both = await Promise.allSettled(
      [third.local.id, local.id].map((joining) =>
        proposeMerge(ctx, as(admin), { kept: third.comer.id, joining, role: null }),
      ),
    );
    expect(both.map(({ status }) => status)).toContain('rejected');
  });
});

describe('nothing is joined', () => {
  test('by one confirmation alone, however often it is sent', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    expect(await confirms(ctx, comer)).toBe(false);
    expect(await confirms(ctx, comer)).toBe(false);
    expect((await getPerson(ctx, local.id)).status).toBe('active');
    expect((await askedOf(ctx, local.id))?.otherConfirmed).toBe(true);
  });

  test('by a wrong password, somebody else’s sign-in, or one that was begun before in another window', async ({
    ctx,
  }) => {
    const { admin, local, comer, provider } = await twoOfOne(ctx);
    const id = await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    const { seen } = (await askedOf(ctx, local.id))!;
    const by = (password: string) =>
      confirmByPassword(ctx, local.id, { id, seen, password, directory: null, address: null });
    await expect(by('another long secret')).rejects.toMatchObject({ code: 'sign_in_failed' });

    const attempt = { id: newId(), purpose: 'confirm', personId: comer.id, data: {}, returnTo: '/' } as const;
    const begin = (attemptId: string) => beginSide(ctx.pool, { mergeId: id, personId: comer.id, attemptId, seen });
    await begin(attempt.id);
    await expect(confirmThrough(ctx, provider, attempt, facts({ subject: 'a stranger' }))).rejects.toMatchObject({
      details: { reason: 'somebody_else' },
    });
    await expect(confirmThrough(ctx, provider, attempt, facts({ subject: comer.subject }))).rejects.toMatchObject({
      code: 'sign_in_expired',
    });
    await begin(attempt.id);
    await begin(newId());
    await expect(confirmThrough(ctx, provider, attempt, facts({ subject: comer.subject }))).rejects.toMatchObject({
      code: 'sign_in_expired',
    });
    expect((await listMerges(ctx)).find((merge) => merge.id === id)?.confirmedBy).toEqual([]);
  });

  test('for others: whoever is no side of it neither confirms nor refuses it', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const id = await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    const { seen } = (await askedOf(ctx, local.id))!;
    const stranger = await aPerson(ctx, { password: PASSWORD });
    const given = { id, seen, password: PASSWORD, directory: null, address: null };
    await expect(confirmByPassword(ctx, stranger.id, given)).rejects.toMatchObject(none);
    await expect(refuseMerge(ctx, as(stranger), id)).rejects.toMatchObject(none);
    expect(await askedOf(ctx, stranger.id)).toBeNull();
  });

  test('when a chat account or a way in came since it was looked at: it is shown and confirmed anew', async ({
    ctx,
  }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const id = await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    const { seen } = (await askedOf(ctx, local.id))!;
    await confirms(ctx, comer);
    const account = { surface: 'slack', tenantId: 'T1', externalId: newId(), name: 'foreign', workspace: 'Acme' };
    await ctx.db.chatAccount.create({ data: { id: newId(), personId: local.id, ...account } });
    const given = { id, password: PASSWORD, directory: null, address: null };
    await expect(confirmByPassword(ctx, local.id, { ...given, seen })).rejects.toMatchObject({
      details: { reason: 'changed' },
    });
    expect((await askedOf(ctx, comer.id))?.other.chatAccounts).toMatchObject([{ name: 'foreign', workspace: 'Acme' }]);
    expect((await askedOf(ctx, comer.id))?.confirmed, 'what they confirmed was another thing').toBe(false);
    expect(await confirms(ctx, local), 'the other one has not seen it').toBe(false);
    expect(await askedOf(ctx, local.id)).toMatchObject({ confirmed: true, otherConfirmed: false });
    expect(await confirms(ctx, comer)).toBe(true);
  });

  test('after it was withdrawn, refused or ran out, nor a day after the first confirmation', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const propose = () => proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    const withdrawn = await propose();
    await withdrawMerge(ctx, as(admin), withdrawn);
    await expect(withdrawMerge(ctx, as(admin), withdrawn)).rejects.toMatchObject(none);
    const refused = await propose();
    await refuseMerge(ctx, as(comer), refused);
    expect(await askedOf(ctx, local.id)).toBeNull();
    const old = await propose();
    await ctx.db.personMerge.update({ where: { id: old }, data: { expiresAt: new Date(0) } });
    for (const id of [withdrawn, refused, old])
      await expect(
        confirmByPassword(ctx, local.id, { id, seen: 'x', password: PASSWORD, directory: null, address: null }),
      ).rejects.toMatchObject(none);
    const id = await propose();
    await confirms(ctx, comer);
    await ctx.db.personMergeSide.updateMany({
      where: { mergeId: id, personId: comer.id },
      data: { confirmedAt: new Date(ctx.clock.now().getTime() - 25 * 3_600_000) },
    });
    expect(await confirms(ctx, local)).toBe(false);
    expect((await getPerson(ctx, local.id)).status).toBe('active');
    expect(await askedOf(ctx, local.id)).toMatchObject({ confirmed: true, otherConfirmed: false });
    expect(await askedOf(ctx, comer.id), 'they are asked again').toMatchObject({ confirmed: false });
    expect((await listMerges(ctx)).find((merge) => merge.id === id)?.confirmedBy).toEqual([local.id]);
    expect(await confirms(ctx, comer)).toBe(true);
  });

  test('when whoever proposed it may not any more, or one of the two was deactivated meanwhile', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const other = await aPerson(ctx, { role: 'admin' });
    await proposeMerge(ctx, as(other), { kept: comer.id, joining: local.id, role: null });
    await confirms(ctx, comer);
    await updatePerson(ctx, as(admin), other.id, { role: 'user' });
    await expect(confirms(ctx, local)).rejects.toMatchObject(conflict);
    await updatePerson(ctx, as(admin), other.id, { role: 'admin' });
    await deactivatePerson(ctx, as(admin), comer.id);
    await expect(confirms(ctx, local)).rejects.toMatchObject(conflict);
  });

  test('when nobody would be left to administer', async ({ ctx }) => {
    const { admin, comer } = await twoOfOne(ctx);
    const before = await ctx.db.person.findMany({
      where: { role: 'admin', id: { not: admin.id } },
      select: { id: true },
    });
    const ids = before.map(({ id }) => id);
    await ctx.db.person.updateMany({ where: { id: { in: ids } }, data: { role: 'user' } });
    await expect(proposeMerge(ctx, as(admin), { kept: comer.id, joining: admin.id, role: null })).rejects.toMatchObject(
      { details: { reason: 'last_administrator' } },
    );
    await ctx.db.person.updateMany({ where: { id: { in: ids } }, data: { role: 'admin' } });
  });
});

describe('once both have confirmed', () => {
  test('all that was open ends for both, the password too, and the one who goes comes in no more', async ({ ctx }) => {
    const { admin, local, comer, provider } = await twoOfOne(ctx);
    const from = { address: null, device: null };
    const sessions = [await openSession(ctx, local.id, from), await openSession(ctx, comer.id, from)];
    const wanted = { name: 'k', scopes: ['all'], days: 1, madeBy: 'command_line' } as const;
    const keys = [];
    for (const { id } of [local, comer])
      keys.push(await createApiKey(ctx, { ...wanted, scopes: [...wanted.scopes], personId: id }));
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    expect(await bothConfirm(ctx, comer, local)).toBe(true);
    for (const { token } of sessions) expect(await personOfSession(ctx, token)).toBeNull();
    for (const { key } of keys) expect(await personOfApiKey(ctx, key)).toBeNull();
    expect(await ctx.db.password.count({ where: { personId: { in: [local.id, comer.id] } } })).toBe(0);
    await expect(updatePerson(ctx, as(admin), local.id, { status: 'active' })).rejects.toMatchObject(none);
    await expect(getPerson(ctx, local.id)).rejects.toMatchObject(none);
    expect((await signOn(ctx, provider, facts({ subject: comer.subject }))).person.id).toBe(comer.id);
    const left = await ctx.db.person.findUniqueOrThrow({ where: { id: local.id } });
    expect(left).toMatchObject({ name: local.name, status: 'deactivated', mergedInto: comer.id });
  });

  test('a deny of either stays, and the role is the lower one', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const group = await aGroup(ctx, { members: [local] });
    await changePermissionRules(ctx, { personId: null, surface: 'command_line' }, group.id, { 'chat.use': 'deny' });
    await updatePerson(ctx, as(admin), local.id, { role: 'admin' });
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    expect((await getPerson(ctx, comer.id)).role).toBe('user');
    expect((await decide(ctx, comer.id, 'chat.use')).allowed).toBe(false);
  });

  test('of two grants on one thing a whole one stays: a high one that ends does not become one that lasts', async ({
    ctx,
  }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    const soon = new Date(ctx.clock.now().getTime() + 3_600_000);
    const [lasting, higher] = [await aKnowledgeBase(ctx), await aKnowledgeBase(ctx)];
    await grantOn(ctx, lasting, comer, 'use', null);
    await grantOn(ctx, lasting, local, 'manage', soon);
    await grantOn(ctx, higher, comer, 'use', soon);
    await grantOn(ctx, higher, local, 'contribute', null);
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    const of = (resourceId: string) => ctx.db.grant.findMany({ where: { resourceId, toKind: 'person' } });
    expect(await of(lasting.id)).toMatchObject([{ toId: comer.id, level: 'use', expiresAt: null }]);
    expect(await of(higher.id)).toMatchObject([{ toId: comer.id, level: 'contribute', expiresAt: null }]);
  });

  test('groups with their sources, grants, what they own, chat accounts and conversations are one person’s', async ({
    ctx,
  }) => {
    const { admin, local, comer, provider } = await twoOfOne(ctx);
    const [byHand, byBoth] = [await aGroup(ctx, { members: [local] }), await aGroup(ctx, { members: [local, comer] })];
    const [owned, granted] = [await aKnowledgeBase(ctx, { ownedBy: local }), await aKnowledgeBase(ctx)];
    await aGrant(ctx, granted, toPerson(local));
    const chat = { surface: 'slack', tenantId: 'T1', externalId: newId() } as const;
    await ctx.db.chatAccount.create({ data: { id: newId(), personId: local.id, ...chat, name: 'n' } });
    for (const { id: personId } of [local, comer])
      await ctx.db.conversation.create({ data: { id: newId(), personId, surface: 'slack', threadKey: 'T1:C1:1' } });
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    const memberships = await ctx.db.membership.findMany({ where: { personId: comer.id } });
    expect(memberships.map(({ groupId, source }) => `${groupId} ${source}`).toSorted()).toEqual(
      [byHand.id, byBoth.id].map((id) => `${id} manual`).toSorted(),
    );
    expect([...(await scopeOf(ctx, comer.id)).knowledgeBaseIds]).toEqual(
      expect.arrayContaining([owned.id, granted.id]),
    );
    expect((await personOfChatAccount(ctx, chat))?.id).toBe(comer.id);
    expect(await ctx.db.conversation.count({ where: { personId: comer.id } })).toBe(2);
    expect((await signOn(ctx, provider, facts({ subject: comer.subject }))).person.id).toBe(comer.id);
    expect(await ctx.db.membership.count({ where: { personId: comer.id } })).toBe(2);
  });

  test('it is recorded for both, and what was recorded of either is on the page of the one', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    await updatePerson(ctx, as(admin), local.id, { name: 'Renamed before' });
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    for (const subjectId of [local.id, comer.id])
      expect(
        (await ctx.db.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } })).map(
          ({ action }) => action,
        ),
      ).toEqual(expect.arrayContaining(['person.merge_proposed', 'person.merge_confirmed', 'person.merged']));
    expect((await eventsAbout(ctx, comer.id, 50)).map(({ action }) => action)).toContain('person.changed');
  });

  test('a chain of merges leads to the last one', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const { person } = await signOn(ctx, provider, facts({ subject: 'later' }));
    const third = { ...person, subject: 'later', provider, email: '', password: null };
    await proposeMerge(ctx, as(admin), { kept: third.id, joining: comer.id, role: null });
    await bothConfirm(ctx, third, comer);
    expect(await ctx.db.person.findMany({ where: { mergedInto: third.id }, select: { id: true } })).toHaveLength(2);
    expect(await ctx.db.identity.count({ where: { personId: third.id } })).toBe(2);
  });

  test('whoever one of the two holds by an account they made is in the hands of the one', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    await updatePerson(ctx, as(admin), local.id, { role: 'admin' });
    const wanted = { name: 'Made', email: `${newId()}@example.com`, role: 'user' } as const;
    const [made, byBoth] = [
      await createPerson(ctx, as(local), wanted),
      await createPerson(ctx, as(local), { ...wanted, email: `${newId()}@example.com` }),
    ];
    await ctx.db.person.update({ where: { id: byBoth.id }, data: { inHandsOf: [comer.id, local.id] } });
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    await bothConfirm(ctx, comer, local);
    for (const { id } of [made, byBoth]) {
      expect((await ctx.db.person.findUniqueOrThrow({ where: { id } })).inHandsOf).toEqual([comer.id]);
      expect(await inOneHand(ctx.pool, comer.id, [id], { madeAccounts: true })).toEqual([id]);
    }
  });

  test('what one of the two gave to others counts as given by the one, who is not joined with them then', async ({
    ctx,
  }) => {
    const gives = {
      grant: async (ctx: Context, giver: TestPerson, taker: TestPerson) => {
        const resource = { kind: 'knowledge_base', id: (await aKnowledgeBase(ctx, { ownedBy: giver })).id } as const;
        await createGrant(ctx, as(giver), { resource, to: toPerson(taker), level: 'use', expiresAt: null });
      },
      membership: async (ctx: Context, giver: TestPerson, taker: TestPerson) =>
        addMember(ctx, as(giver), (await aGroup(ctx)).id, { personId: taker.id, manager: false }),
    };
    for (const give of Object.values(gives)) {
      const { admin, local, comer } = await twoOfOne(ctx);
      const third = await twoOfOne(ctx);
      await updatePerson(ctx, as(admin), local.id, { role: 'admin' });
      await give(ctx, local, third.comer);
      await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
      await bothConfirm(ctx, comer, local);
      await expect(
        proposeMerge(ctx, as(admin), { kept: comer.id, joining: third.comer.id, role: null }),
      ).rejects.toMatchObject({ details: { reason: 'given_between' } });
    }
  });

  test('a role by hand outlives the mapping that the other one had, and a mapped one does not', async ({ ctx }) => {
    for (const [role, left] of [
      ['admin', 'admin'],
      ['user', 'user'],
    ] as const) {
      const { admin, local, comer, provider } = await twoOfOne(ctx);
      await updatePerson(ctx, as(admin), local.id, { role });
      await ctx.db.person.update({ where: { id: comer.id }, data: { role: 'pending' } });
      const to = { role: 'admin' } as const;
      await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'group', externalId: 'admins', label: '', to });
      const tells = (groups: { id: string }[]) => signOn(ctx, provider, facts({ subject: comer.subject, groups }));
      expect((await tells([{ id: 'admins' }])).person.role).toBe('admin');
      await proposeMerge(ctx, as(admin), { kept: local.id, joining: comer.id, role: 'admin' });
      expect(await bothConfirm(ctx, comer, local)).toBe(true);
      expect((await getPerson(ctx, local.id)).role).toBe('admin');
      const { person } = await tells([]);
      expect(person).toMatchObject({ id: local.id, role: left });
    }
  });

  test('two confirmations at once join once', async ({ ctx }) => {
    const { admin, local, comer } = await twoOfOne(ctx);
    await proposeMerge(ctx, as(admin), { kept: comer.id, joining: local.id, role: null });
    const outcomes = await Promise.all([confirms(ctx, local), confirms(ctx, comer)]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await ctx.db.auditEntry.count({ where: { action: 'person.merged', subjectId: comer.id } })).toBe(1);
  });
});
