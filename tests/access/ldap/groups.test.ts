import { describe, expect } from 'vitest';
import { admit } from '../../../core/access/admission.ts';
import { PRIVATE } from '../../../core/access/scope.ts';
import type { Context } from '../../../core/context.ts';
import { groupFilter } from '../../../core/identity/ldap/filters.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { renew } from '../../../core/identity/renewal.ts';
import { newId } from '../../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, OPERATOR, toGroup } from '../../factories/company.ts';
import { LIMITED, NO_SLAPD, SERVICE, SUFFIX, type Slapd } from '../../setup/slapd.ts';
import { ACTIVE_DIRECTORY, aDirectory, anAccount, anAdAccount, change, personOf, signIn, test } from './house.ts';

/** A group in the directory; gives its name there and its entryUUID. */
async function aDirectoryGroup(
  slapd: Slapd,
  attributes: Record<string, string | string[] | Buffer>,
  name = `g-${newId().slice(-10)}`,
): Promise<{ dn: string; name: string; id: string }> {
  const dn = `cn=${name},${SUFFIX}`;
  const id = await slapd.asRoot(async (root) => {
    await root.add(dn, { cn: name, ...(attributes as Record<string, string>) });
    const { searchEntries } = await root.search(dn, { scope: 'base', attributes: ['entryUUID'] });
    return String(searchEntries[0]?.['entryUUID']);
  });
  return { dn, name, id };
}

const namesOf = async (ctx: Context, subjectOf: { id: string }): Promise<string[]> =>
  (await ctx.db.identity.findFirstOrThrow({ where: { personId: subjectOf.id } })).groups.toSorted();

/** Asks the directory again, as workers and questions do. */
const renewed = async (ctx: Context, personId: string): Promise<string> =>
  renew(ctx, (await ctx.db.identity.findFirstOrThrow({ where: { personId } })).id);

const later = <C extends Context>(ctx: C, hours: number): C => ({
  ...ctx,
  clock: { now: () => new Date(Date.now() + hours * 3_600_000) },
});

describe.skipIf(NO_SLAPD !== null)('groups of a directory', () => {
  test('are those that name the person, each in its own way, by an id that lasts; a neighbour’s are not', async ({
    ctx,
    slapd,
  }) => {
    const [ada, eve] = [await anAccount(slapd), await anAccount(slapd)];
    const mine = [
      await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: [ada.dn, eve.dn] }),
      await aDirectoryGroup(slapd, { objectClass: 'groupOfUniqueNames', uniqueMember: ada.dn }),
      await aDirectoryGroup(slapd, { objectClass: 'posixGroup', gidNumber: '1000', memberUid: [ada.login, 'x'] }),
    ];
    await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: eve.dn });
    await aDirectoryGroup(slapd, { objectClass: 'posixGroup', gidNumber: '1001', memberUid: `${ada.login}x` });
    const searching = await aDirectory(ctx, slapd, { groups: 'search' });
    expect(await namesOf(ctx, await personOf(ctx, searching, ada))).toEqual(mine.map(({ id }) => id).toSorted());
    const reading = await aDirectory(ctx, slapd, { groups: 'member_of' });
    // The overlay that keeps memberOf knows groupOfNames alone.
    expect(await namesOf(ctx, await personOf(ctx, reading, ada))).toEqual([mine[0]!.id]);
    const notAsked = await aDirectory(ctx, slapd);
    expect(await namesOf(ctx, await personOf(ctx, notAsked, ada))).toEqual([]);
    const seen = await ctx.db.providerGroup.findMany({ where: { providerId: searching.id } });
    expect(seen.map(({ label }) => label).toSorted()).toEqual(mine.map(({ name }) => name).toSorted());
  });

  test('of somebody with brackets, stars and backslashes in their name are their own', async ({ ctx, slapd }) => {
    const uid = `a*(b)\\5c-${newId().slice(-6)}`;
    const dn = `uid=${uid.replace('\\', '\\\\')},${SUFFIX}`;
    await slapd.asRoot((root) =>
      root.add(dn, { objectClass: 'inetOrgPerson', cn: 'c', sn: 's', userPassword: 'secret of it' }),
    );
    const own = await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: dn });
    const provider = await aDirectory(ctx, slapd, { groups: 'search' });
    const person = await personOf(ctx, provider, { dn, login: uid, password: 'secret of it' });
    expect(await namesOf(ctx, person)).toEqual([own.id]);
  });

  test('are all of them over many pages, and a list that the directory cuts lets nobody in', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    const branch = `ou=many-${newId().slice(-6)},${SUFFIX}`;
    await slapd.asRoot(async (root) => {
      await root.add(branch, { objectClass: 'organizationalUnit' });
      for (let n = 0; n < 450; n += 1)
        await root.add(`cn=many-${n},${branch}`, { objectClass: 'groupOfNames', member: account.dn });
    });
    const provider = await aDirectory(ctx, slapd, { groups: 'search', groupBaseDn: branch });
    expect(await namesOf(ctx, await personOf(ctx, provider, account))).toHaveLength(450);
    const cut = await aDirectory(
      ctx,
      slapd,
      { groups: 'search', groupBaseDn: branch, bindDn: LIMITED.dn },
      { bindPassword: LIMITED.password },
    );
    expect(await signIn(ctx, cut, account)).toBe('misconfigured');
  });

  test('without the id that they are to be mapped by let nobody in', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: account.dn });
    const provider = await aDirectory(ctx, slapd, { groups: 'search', groupIdAttribute: 'description' });
    expect(await signIn(ctx, provider, account)).toBe('misconfigured');
  });

  test('keep their mapping when they are renamed, and a new group of the old name has none', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    const group = await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: account.dn });
    const ours = await aGroup(ctx);
    const provider = await aDirectory(ctx, slapd, { groups: 'search' });
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: group.id,
      label: group.name,
      to: { groupId: ours.id },
    });
    const person = await personOf(ctx, provider, account);
    const isMember = () => ctx.db.membership.count({ where: { personId: person.id, groupId: ours.id } });
    expect(await isMember()).toBe(1);
    await slapd.asRoot((root) => root.modifyDN(group.dn, `cn=${group.name}-renamed`));
    await personOf(ctx, provider, account);
    expect(await isMember()).toBe(1);
    await slapd.asRoot((root) => root.del(`cn=${group.name}-renamed,${SUFFIX}`));
    await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: account.dn }, group.name);
    await personOf(ctx, provider, account);
    expect(await isMember()).toBe(0);
  });

  test('on Active Directory are asked for by its rule of groups in groups, and mapped by their objectGUID', async ({
    ctx,
    slapd,
  }) => {
    const account = await anAdAccount(slapd);
    await aDirectoryGroup(slapd, {
      objectClass: 'group',
      member: account.dn,
      objectGUID: Buffer.from('33221100554477668899aabbccddeeff', 'hex'),
    });
    const settings = { ...ACTIVE_DIRECTORY, groups: 'search' };
    const direct = await aDirectory(ctx, slapd, { ...settings, nestedGroups: false });
    expect(await namesOf(ctx, await personOf(ctx, direct, account))).toEqual(['00112233-4455-6677-8899-aabbccddeeff']);
    // OpenLDAP does not know the rule: that it is asked for, and how, can be seen.
    const nested = await aDirectory(ctx, slapd, settings);
    const dn = 'cn=Doe\\, Jane (1),dc=x';
    expect(groupFilter(nested.settings, { dn, uid: null }).toString()).toBe(
      '(&(objectClass=group)(member:1.2.840.113556.1.4.1941:=cn=Doe\\5c, Jane \\281\\29,dc=x))',
    );
  });
});

describe.skipIf(NO_SLAPD !== null)('what a directory told, asked again without the person', () => {
  test('follows a group that was left, a disabled account and one that is back', async ({ ctx, slapd }) => {
    const account = await anAdAccount(slapd);
    const group = await aDirectoryGroup(slapd, {
      objectClass: 'group',
      member: account.dn,
      objectGUID: Buffer.from(crypto.randomUUID().replaceAll('-', ''), 'hex'),
    });
    const provider = await aDirectory(ctx, slapd, { ...ACTIVE_DIRECTORY, groups: 'search', nestedGroups: false });
    const person = await personOf(ctx, provider, account);
    expect(await namesOf(ctx, person)).toHaveLength(1);
    await change(slapd, group.dn, { member: [] });
    expect(await renewed(ctx, person.id)).toBe('renewed');
    expect(await namesOf(ctx, person)).toEqual([]);
    const status = async () => (await ctx.db.person.findUniqueOrThrow({ where: { id: person.id } })).status;
    await change(slapd, account.dn, { userAccountControl: '514' });
    expect(await renewed(ctx, person.id)).toBe('renewed');
    expect(await status()).toBe('deactivated');
    await change(slapd, account.dn, { userAccountControl: '512' });
    expect(await renewed(ctx, person.id)).toBe('renewed');
    expect(await status()).toBe('active');
  });

  test('is nothing about an account that is gone or may not sign in any more, and shuts out nobody by itself', async ({
    ctx,
    slapd,
  }) => {
    const account = await anAccount(slapd, { employeeType: 'staff' });
    const staff = { userFilter: '(&(uid={login})(employeeType=staff))', groups: 'search' };
    const provider = await aDirectory(ctx, slapd, staff);
    const person = await personOf(ctx, provider, account);
    expect(await renewed(ctx, person.id)).toBe('renewed');
    await change(slapd, account.dn, { employeeType: 'former' });
    expect(await renewed(ctx, person.id)).toBe('failed');
    await slapd.asRoot((root) => root.del(account.dn));
    expect(await renewed(later(ctx, 1), person.id)).toBe('failed');
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: person.id } })).status).toBe('active');
    expect(await signIn(ctx, provider, account)).toBe('sign_in_failed');
  });

  test('reaches who only writes to the bot: a group that was left is gone within the maximum age, and so is a lost account', async ({
    ctx,
    slapd,
  }) => {
    const account = await anAccount(slapd);
    const readers = await aDirectoryGroup(slapd, { objectClass: 'groupOfNames', member: [account.dn, SERVICE.dn] });
    const provider = await aDirectory(ctx, slapd, { groups: 'search' });
    const [ours, knowledge] = [await aGroup(ctx), await aKnowledgeBase(ctx)];
    await aGrant(ctx, knowledge, toGroup(ours));
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: readers.id,
      label: '',
      to: { groupId: ours.id },
    });
    const person = await personOf(ctx, provider, account);
    const reads = (hours: number) =>
      admit(later(ctx, hours), person.id, PRIVATE).then(
        ({ personal }) => personal.knowledgeBaseIds.includes(knowledge.id),
        (error: { code: string }) => error.code,
      );
    expect(await reads(0)).toBe(true);
    await change(slapd, readers.dn, { member: [SERVICE.dn] });
    expect(await reads(12.5)).toBe(false);
    await change(slapd, readers.dn, { member: [account.dn] });
    expect(await reads(26)).toBe(true);
    await slapd.asRoot((root) => root.del(account.dn));
    expect(await reads(40)).toBe('sign_in_again');
  });
});
