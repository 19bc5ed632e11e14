import { describe, expect, onTestFinished } from 'vitest';
import { linkForPerson } from '../../../core/access/people.ts';
import { addMember } from '../../../core/access/members.ts';
import { eventsAbout } from '../../../core/audit/about-person.ts';
import type { Context } from '../../../core/context.ts';
import { confirmProvider } from '../../../core/identity/providers/confirm.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { createProvider, deleteProvider, getProvider, updateProvider } from '../../../core/identity/providers/store.ts';
import { headerSettings } from '../../../core/identity/providers/settings/header.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { newId } from '../../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, toGroup, type TestPerson } from '../../factories/company.ts';
import { aContext, test } from '../../factories/context.ts';
import { aProvider, facts } from '../../factories/providers.ts';
import { freshDatabase } from '../../setup/database.ts';

const portal = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
const settings = { networks: ['10.0.0.0/8'], subjectHeader: 'X-User', groupsHeader: 'X-Groups' };
const STAFF = [{ id: 'staff', label: 'Staff' }];

const aProxyOf = (ctx: Context, by: TestPerson) =>
  createProvider(ctx, portal(by), {
    key: `p-${newId().slice(-8)}`,
    kind: 'header',
    name: 'A proxy',
    enabled: true,
    maxAgeHours: 12,
    settings,
  });

/** An administrator with a provider of their own, by which Eve came, and a group that opens somebody else's knowledge base. */
async function anEve(ctx: Context) {
  const [admin, other] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'admin' })];
  const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
  const group = await aGroup(ctx);
  await aGrant(ctx, base, toGroup(group));
  const provider = await aProxyOf(ctx, admin);
  const { person: eve } = await signOn(ctx, provider, facts({ groups: STAFF }));
  const inGroup = () => ctx.db.membership.count({ where: { groupId: group.id, personId: eve.id } });
  const confirm = async (by: { id: string }) =>
    confirmProvider(ctx, portal(by), provider.id, (await getProvider(ctx, provider.id)).updatedAt);
  const join = (by: { id: string }) => addMember(ctx, portal(by), group.id, { personId: eve.id, manager: false });
  const map = (by: { id: string }) =>
    addMapping(ctx, portal(by), provider.id, {
      toldAs: 'group',
      externalId: 'staff',
      label: '',
      to: { groupId: group.id },
    });
  return { admin, other, group, provider, eve, inGroup, confirm, join, map };
}

describe('who comes by a provider that an administrator made', () => {
  test('is given nothing to read by that administrator, nor by anybody whom the provider let in', async ({ ctx }) => {
    const { admin, eve, inGroup, join, confirm, provider } = await anEve(ctx);
    await expect(join(admin)).rejects.toMatchObject({ code: 'forbidden' });
    const { person: puppet } = await signOn(ctx, provider, facts());
    await ctx.db.person.update({ where: { id: puppet.id }, data: { role: 'admin' } });
    await expect(join(puppet)).rejects.toMatchObject({ code: 'forbidden' });
    for (const by of [admin, puppet, eve]) await expect(confirm(by)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await inGroup()).toBe(0);
  });

  test('comes into no group by a mapping, whoever added it, before another administrator has confirmed it', async ({
    ctx,
  }) => {
    const { admin, other, provider, eve, inGroup, map, confirm } = await anEve(ctx);
    await map(admin);
    const { subject } = await ctx.db.identity.findFirstOrThrow({ where: { personId: eve.id } });
    await signOn(ctx, provider, facts({ subject, groups: STAFF }));
    expect(await inGroup()).toBe(0);
    await confirm(other);
    expect(await inGroup()).toBe(1);
    expect((await getProvider(ctx, provider.id)).inHandsOf).toEqual([]);
  });

  test('is a person as any other once it is confirmed, and is not any more when it is changed again', async ({
    ctx,
  }) => {
    const { admin, other, group, provider, eve, join, confirm } = await anEve(ctx);
    await confirm(other);
    await join(admin);
    await ctx.db.membership.deleteMany({ where: { groupId: group.id } });
    const { id, name, enabled, maxAgeHours } = provider;
    const wider = { ...settings, networks: ['10.0.0.0/8', '192.168.0.0/16'] };
    await updateProvider(ctx, portal(admin), id, { name, enabled, maxAgeHours, settings: wider });
    await expect(join(admin)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(confirmProvider(ctx, portal(other), id, provider.updatedAt)).rejects.toMatchObject({
      code: 'conflict',
    });
    // Who came by it before may confirm it: in a company with one provider there is nobody else.
    await ctx.db.person.update({ where: { id: eve.id }, data: { role: 'admin' } });
    await confirm(eve);
    await join(other);
  });

  test('gets there by a mapping of a hand that could sign in as them by another provider: refused', async ({ ctx }) => {
    const { admin, group, eve, inGroup } = await anEve(ctx);
    const trusted = await aProvider(ctx, { settings: { groupsClaim: 'groups' } });
    const subject = newId();
    await ctx.db.identity.create({
      data: { id: newId(), personId: eve.id, issuer: `provider:${trusted.id}`, subject, providerId: trusted.id },
    });
    await signOn(ctx, trusted, facts({ subject, groups: STAFF }));
    const to = { groupId: group.id };
    const mapped = addMapping(ctx, portal(admin), trusted.id, { toldAs: 'group', externalId: 'staff', label: '', to });
    await expect(mapped).rejects.toMatchObject({ code: 'forbidden' });
    expect(await inGroup()).toBe(0);
  });
});

describe('a provider', () => {
  test('is not made, switched on or confirmed in silence: every other administrator is told', async ({ ctx }) => {
    const { admin, other, provider, confirm } = await anEve(ctx);
    const third = await aPerson(ctx, { role: 'admin' });
    const told = async () =>
      (await eventsAbout(ctx, third.id, 20)).filter(({ about }) => about === 'A proxy').map(({ action }) => action);
    const { id, name, maxAgeHours } = provider;
    for (const enabled of [false, true])
      await updateProvider(ctx, portal(admin), id, { name, enabled, maxAgeHours, settings });
    await confirm(other);
    expect(await told()).toEqual(['provider.confirmed_by_other', 'provider.trust_changed_by_other']);
    const fresh = await aProxyOf(ctx, admin);
    expect(fresh.inHandsOf).toEqual([admin.id]);
    expect(await told()).toHaveLength(3);
  });

  test('of the only administrator is in no hands, and told to who owns something; shutting another out first does not help', async () => {
    const database = await freshDatabase();
    onTestFinished(database.close);
    const ctx = await aContext(database);
    onTestFinished(ctx.close);
    const [admin, owner] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    await aKnowledgeBase(ctx, { ownedBy: owner });
    expect((await aProxyOf(ctx, admin)).inHandsOf).toEqual([]);
    expect((await eventsAbout(ctx, owner.id, 5)).map(({ action }) => action)).toEqual([
      'provider.trust_changed_by_other',
    ]);
    const left = await aPerson(ctx, { role: 'admin', status: 'deactivated' });
    await ctx.db.person.update({ where: { id: left.id }, data: { deactivatedAt: ctx.clock.now() } });
    expect((await aProxyOf(ctx, admin)).inHandsOf).toEqual([admin.id]);
  });

  test('that is deleted opens none of its people’s accounts: no link is made for them, and each is recorded', async ({
    ctx,
  }) => {
    const { admin, other, provider, eve } = await anEve(ctx);
    expect(await deleteProvider(ctx, portal(admin), provider.id)).toEqual({ deactivated: 1 });
    expect((await eventsAbout(ctx, eve.id, 5)).map(({ action }) => action)).toContain('person.deactivated');
    await ctx.db.person.update({ where: { id: eve.id }, data: { status: 'active' } });
    for (const by of [admin, other])
      await expect(linkForPerson(ctx, portal(by), eve.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await ctx.db.oneTimeLink.count({ where: { personId: eve.id } })).toBe(0);
  });

  test('that is a proxy is believed from no network so wide that it is everything, in one piece or two', () => {
    const wide = ['0.0.0.0/1', '128.0.0.0/1', '8.0.0.0/7', '::/1', '8000::/1', '2000::/15', '::ffff:0:0/96'];
    for (const network of [...wide, '0:0:0:0:0:ffff::/96'])
      expect(headerSettings.safeParse({ ...settings, networks: [network] }).success, network).toBe(false);
    const narrow = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', 'fd00::/16', '::1', '::ffff:10.0.0.0/104'];
    expect(headerSettings.safeParse({ ...settings, networks: narrow }).success).toBe(true);
  });
});
