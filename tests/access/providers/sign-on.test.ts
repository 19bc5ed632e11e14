import { describe, expect } from 'vitest';
import { updatePerson, deactivatePerson } from '../../../core/access/people.ts';
import type { Context } from '../../../core/context.ts';
import {
  listChatAccounts,
  personOfChatAccount,
  unlink,
  unlinkChatAccount,
} from '../../../core/identity/chat-accounts.ts';
import { addMapping, mappingOf, removeMapping } from '../../../core/identity/providers/mapping.ts';
import { signInThrough } from '../../../core/identity/sign-in.ts';
import { openSession, personOfSession } from '../../../core/identity/sessions.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { newId } from '../../../core/ids.ts';
import { aGroup, aPerson, OPERATOR, type TestPerson } from '../../factories/company.ts';
import { test } from '../../factories/context.ts';
import { aProvider, facts } from '../../factories/providers.ts';

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; details?: { reason?: string } }) => error.details?.reason ?? error.code ?? String(error),
  );

const groupsOf = async (ctx: Context, personId: string): Promise<string[]> =>
  (await ctx.db.membership.findMany({ where: { personId }, orderBy: [{ groupId: 'asc' }, { source: 'asc' }] })).map(
    ({ groupId, source }) => `${groupId} ${source}`,
  );

const roleOf = async (ctx: Context, id: string): Promise<string> =>
  (await ctx.db.person.findUniqueOrThrow({ where: { id } })).role;

const from = { address: null, device: null };

/** Two administrators who stay out of it, so that nobody here is the last one. */
const othersAdminister = (ctx: Context): Promise<TestPerson> => aPerson(ctx, { role: 'admin' });

describe('who somebody is', () => {
  test('hangs on provider and subject alone: the address of a local account or of another provider joins nothing', async ({
    ctx,
  }) => {
    const email = `${newId().slice(-8)}@example.com`;
    const local = await aPerson(ctx, { email, role: 'admin', password: 'a long enough secret' });
    const [one, two] = [await aProvider(ctx), await aProvider(ctx)];
    const told = facts({ email, emailVerified: true });
    const first = await signOn(ctx, one, told);
    const second = await signOn(ctx, two, told);
    expect(new Set([local.id, first.person.id, second.person.id]).size).toBe(3);
    expect(first.person.role).toBe('pending');
  });

  test('stays when the address changes, and one that nobody checked is not kept', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { subject } = facts();
    const { person } = await signOn(ctx, provider, facts({ subject, email: 'before@example.com', name: 'Ada' }));
    const again = await signOn(ctx, provider, facts({ subject, email: 'after@example.com', name: 'Ada Byron' }));
    expect(again).toMatchObject({
      created: false,
      person: { id: person.id, email: 'after@example.com', name: 'Ada Byron' },
    });
    const unchecked = await signOn(ctx, provider, facts({ subject, email: 'ceo@example.com', emailVerified: false }));
    expect(unchecked.person).toMatchObject({ id: person.id, email: 'after@example.com' });
  });

  test('has a name that shows all it holds, in one line and of a sane length', async ({ ctx }) => {
    const provider = await aProvider(ctx, { name: 'Head office' });
    const named = async (name: string) => (await signOn(ctx, provider, facts({ name }))).person.name;
    expect(await named('Ada\r\nApproved by\tthe board\u2028now')).toBe('Ada Approved by the board now');
    expect(await named('\u202eecila\u202c \u2066Ann\u2069\u200b\u0000 \ufeffLee\u{e0041}\u3164')).toBe('ecila Ann Lee');
    expect([...(await named('\u{1f600}'.repeat(5_000)))]).toHaveLength(200);
    const told = facts({ name: '\u200b\u202e \u0007', email: 'seen@example.com' });
    expect((await signOn(ctx, provider, told)).person.name).toBe('seen@example.com');
  });

  test('is settled once when the same subject comes twice at the same moment', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const told = facts();
    const both = await Promise.all([
      signOn(ctx, provider, told),
      signOn(ctx, provider, told),
      signOn(ctx, provider, told),
    ]);
    expect(new Set(both.map(({ person }) => person.id)).size).toBe(1);
    expect(both.filter(({ created }) => created)).toHaveLength(1);
  });
});

describe('somebody new', () => {
  test('waits as pending, and may be refused altogether, which leaves nothing behind', async ({ ctx }) => {
    const waiting = await signOn(ctx, await aProvider(ctx), facts());
    expect(waiting).toMatchObject({ created: true, person: { role: 'pending', status: 'active' } });
    const closed = await aProvider(ctx, { settings: { newPeople: 'refuse' } });
    const before = await ctx.db.person.count();
    expect(await outcome(signOn(ctx, closed, facts()))).toBe('not_invited');
    expect(await ctx.db.person.count()).toBe(before);
  });

  test('comes in at once where a role is mapped, also where others are refused', async ({ ctx }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'refuse' } });
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'role',
      externalId: 'staff',
      label: 'Staff',
      to: { role: 'user' },
    });
    expect((await signOn(ctx, provider, facts({ roles: ['staff'] }))).person.role).toBe('user');
    expect(await outcome(signOn(ctx, provider, facts({ roles: ['guests'] })))).toBe('not_invited');
  });
});

describe('groups', () => {
  test('that nobody mapped give nothing, whatever they are called; they are listed with their label', async ({
    ctx,
  }) => {
    const group = await aGroup(ctx);
    const provider = await aProvider(ctx);
    const { person } = await signOn(ctx, provider, facts({ groups: [{ id: group.id, label: group.name }] }));
    expect(await groupsOf(ctx, person.id)).toEqual([]);
    const { seen } = await mappingOf(ctx, provider.id);
    expect(seen).toMatchObject([{ toldAs: 'group', externalId: group.id, label: group.name, people: 1 }]);
  });

  test('of a provider end with an empty claim, those made by hand and by another provider stay', async ({ ctx }) => {
    const [mapped, byHand] = [await aGroup(ctx), await aGroup(ctx)];
    const provider = await aProvider(ctx);
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: 'g1',
      label: '',
      to: { groupId: mapped.id },
    });
    const { subject } = facts();
    const { person } = await signOn(ctx, provider, facts({ subject, groups: [{ id: 'g1' }, { id: 'g2' }] }));
    await ctx.db.membership.createMany({
      data: [
        { groupId: byHand.id, personId: person.id, source: 'manual' },
        { groupId: mapped.id, personId: person.id, source: 'provider:elsewhere' },
      ],
    });
    expect(await groupsOf(ctx, person.id)).toContain(`${mapped.id} provider:${provider.id}`);
    const after = await signOn(ctx, provider, facts({ subject, groups: [] }));
    expect(after.changed).toBe(true);
    expect((await groupsOf(ctx, person.id)).toSorted()).toEqual(
      [`${byHand.id} manual`, `${mapped.id} provider:elsewhere`].toSorted(),
    );
  });

  test('that are missing refuse, or keep what was told last, as the provider is set', async ({ ctx }) => {
    const group = await aGroup(ctx);
    for (const missingGroups of ['refuse', 'keep'] as const) {
      const provider = await aProvider(ctx, { settings: { missingGroups } });
      await addMapping(ctx, OPERATOR, provider.id, {
        toldAs: 'group',
        externalId: 'g1',
        label: '',
        to: { groupId: group.id },
      });
      const { subject } = facts();
      const { person } = await signOn(ctx, provider, facts({ subject, groups: [{ id: 'g1' }] }));
      const again = outcome(signOn(ctx, provider, facts({ subject, groups: 'missing' })));
      expect(await again).toBe(missingGroups === 'refuse' ? 'groups_missing' : 'done');
      expect(await groupsOf(ctx, person.id)).toHaveLength(1);
    }
  });

  test('of an administrator are taken away like anybody else’s', async ({ ctx }) => {
    await othersAdminister(ctx);
    const group = await aGroup(ctx);
    const provider = await aProvider(ctx);
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: 'g1',
      label: '',
      to: { groupId: group.id },
    });
    const { subject } = facts();
    const { person } = await signOn(ctx, provider, facts({ subject, groups: [{ id: 'g1' }] }));
    await updatePerson(ctx, OPERATOR, person.id, { role: 'admin' });
    await signOn(ctx, provider, facts({ subject, groups: [] }));
    expect(await groupsOf(ctx, person.id)).toEqual([]);
    expect(await roleOf(ctx, person.id)).toBe('admin');
  });

  test('follow a change of the mappings at once, without anybody signing in', async ({ ctx }) => {
    const group = await aGroup(ctx);
    const provider = await aProvider(ctx);
    const { person } = await signOn(ctx, provider, facts({ groups: [{ id: 'g1' }] }));
    const mapping = await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: 'g1',
      label: 'One',
      to: { groupId: group.id },
    });
    expect(await groupsOf(ctx, person.id)).toHaveLength(1);
    await removeMapping(ctx, OPERATOR, provider.id, mapping.id);
    expect(await groupsOf(ctx, person.id)).toEqual([]);
  });

  test('are not mapped by an administrator to themself', async ({ ctx }) => {
    const group = await aGroup(ctx);
    const provider = await aProvider(ctx);
    const { person } = await signOn(ctx, provider, facts({ groups: [{ id: 'g1' }] }));
    await updatePerson(ctx, OPERATOR, person.id, { role: 'admin' });
    const mapping = addMapping(ctx, { personId: person.id, surface: 'portal' }, provider.id, {
      toldAs: 'group',
      externalId: 'g1',
      label: '',
      to: { groupId: group.id },
    });
    expect(await outcome(mapping)).toBe('forbidden');
    expect(await groupsOf(ctx, person.id)).toEqual([]);
    await othersAdminister(ctx);
  });

  test('with a prefix are made without rights, and never taken for one of ours with the same name', async ({ ctx }) => {
    const ours = await aGroup(ctx, { name: `gh-${newId()}` });
    const provider = await aProvider(ctx, { settings: { createGroupsPrefix: 'gh-' } });
    const fresh = `gh-${newId()}`;
    const groups = [
      { id: 'a', label: ours.name },
      { id: 'b', label: fresh },
      { id: 'c', label: 'other' },
    ];
    const { person } = await signOn(ctx, provider, facts({ groups }));
    const names = (
      await ctx.db.group.findMany({
        where: { memberships: { some: { personId: person.id } } },
        include: { permissionRules: true },
      })
    ).map(({ name, permissionRules }) => ({ name, rules: permissionRules.length }));
    expect(names.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(
      [
        { name: `${ours.name} (${provider.name})`, rules: 0 },
        { name: fresh, rules: 0 },
      ].toSorted((a, b) => a.name.localeCompare(b.name)),
    );
  });
});

describe('a mapped role', () => {
  const staffAndAdmins = async (ctx: Context) => {
    await othersAdminister(ctx);
    const provider = await aProvider(ctx);
    for (const role of ['user', 'admin'] as const)
      await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'role', externalId: role, label: '', to: { role } });
    const { subject } = facts();
    const comes = async (...roles: string[]) => (await signOn(ctx, provider, facts({ subject, roles }))).person;
    return { provider, comes };
  };

  test('that goes away falls back to what was before it', async ({ ctx }) => {
    const { comes } = await staffAndAdmins(ctx);
    expect((await comes('user', 'admin')).role).toBe('admin');
    expect((await comes('user')).role).toBe('user');
    expect((await comes()).role).toBe('pending');
  });

  test('gives at least itself: who was made administrator by hand stays it', async ({ ctx }) => {
    const { comes } = await staffAndAdmins(ctx);
    const { id } = await comes('user');
    await updatePerson(ctx, OPERATOR, id, { role: 'admin' });
    expect((await comes('user')).role).toBe('admin');
    expect((await comes()).role).toBe('admin');
  });

  test('of the last administrator is kept, said in the record, and goes as soon as there is another', async ({
    ctx,
  }) => {
    const { comes } = await staffAndAdmins(ctx);
    const { id } = await comes('admin');
    const others = await ctx.db.person.findMany({ where: { role: 'admin', id: { not: id } } });
    await ctx.db.person.updateMany({ where: { id: { in: others.map((each) => each.id) } }, data: { role: 'user' } });
    expect((await comes()).role).toBe('admin');
    expect(await ctx.db.auditEntry.count({ where: { action: 'person.role_kept', subjectId: id } })).toBe(1);
    await othersAdminister(ctx);
    expect((await comes()).role).toBe('pending');
  });
});

describe('an account that is disabled at the provider', () => {
  test('ends sessions and keys here, and only the one that closed it opens it again', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { subject } = facts();
    const { person } = await signOn(ctx, provider, facts({ subject, active: true }));
    const { token } = await openSession(ctx, person.id, from);
    expect((await signOn(ctx, provider, facts({ subject, active: false }))).person.status).toBe('deactivated');
    expect(await personOfSession(ctx, token)).toBeNull();
    // A sign-in that the provider lets through does not know what SCIM said.
    expect(await outcome(signInThrough(ctx, provider, facts({ subject }), from))).toBe('deactivated');
    expect((await signOn(ctx, provider, facts({ subject, active: true }))).person.status).toBe('active');
  });

  test('is not opened again by it when a hand closed it', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { subject } = facts();
    const { person } = await signOn(ctx, provider, facts({ subject, active: true }));
    await deactivatePerson(ctx, OPERATOR, person.id);
    expect((await signOn(ctx, provider, facts({ subject, active: true }))).person.status).toBe('deactivated');
  });
});

describe('the same account in Teams', () => {
  test('is not linked again once it was unlinked by hand, in the chat or in the portal', async ({ ctx }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    for (const where of ['chat', 'portal'] as const) {
      const chat = { tid: newId(), oid: newId() };
      const account = { surface: 'teams', tenantId: chat.tid, externalId: chat.oid } as const;
      const told = facts({ chat });
      const { person } = await signOn(ctx, provider, told);
      const [linked] = await listChatAccounts(ctx, person.id);
      await (where === 'chat' ? unlinkChatAccount(ctx, account) : unlink(ctx, person.id, linked!.id));
      for (const surface of ['worker', 'portal'] as const) await signOn(ctx, provider, told, { surface });
      expect(await personOfChatAccount(ctx, account), where).toBeNull();
    }
  });

  test('is linked at a sign-in of the person, not while nobody is there', async ({ ctx }) => {
    const chat = { tid: newId(), oid: newId() };
    const account = { surface: 'teams', tenantId: chat.tid, externalId: chat.oid } as const;
    const [provider, told] = [await aProvider(ctx, { settings: { newPeople: 'user' } }), facts({ chat })];
    await signOn(ctx, provider, told, { surface: 'worker' });
    expect(await personOfChatAccount(ctx, account)).toBeNull();
    const { person } = await signOn(ctx, provider, told);
    expect(await personOfChatAccount(ctx, account)).toMatchObject({ id: person.id });
  });

  test('is linked by tenant and object id, and is never taken from whom it belongs to', async ({ ctx }) => {
    const chat = { tid: newId(), oid: newId() };
    const account = { surface: 'teams', tenantId: chat.tid, externalId: chat.oid } as const;
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const { person } = await signOn(ctx, provider, facts({ chat }));
    expect(await personOfChatAccount(ctx, account)).toMatchObject({ id: person.id });
    const other = await signOn(ctx, provider, facts({ chat }));
    expect(await personOfChatAccount(ctx, account)).toMatchObject({ id: person.id });
    expect(
      await ctx.db.auditEntry.count({ where: { action: 'chat_account.link_differs', subjectId: other.person.id } }),
    ).toBe(1);
  });
});
