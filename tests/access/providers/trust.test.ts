import { describe, expect } from 'vitest';
import { updatePerson } from '../../../core/access/people.ts';
import { eventsAbout } from '../../../core/audit/about-person.ts';
import type { Context } from '../../../core/context.ts';
import { addMapping, mappingOf, removeMapping } from '../../../core/identity/providers/mapping.ts';
import { updateProvider, type Provider } from '../../../core/identity/providers/store.ts';
import { newKeyPair } from '../../../core/identity/saml/certificate.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { newId } from '../../../core/ids.ts';
import { aGroup, aPerson, OPERATOR } from '../../factories/company.ts';
import { test } from '../../factories/context.ts';
import { aProvider, facts } from '../../factories/providers.ts';

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

const change = (
  ctx: Context,
  provider: Provider,
  settings: Record<string, unknown>,
  by: { personId: string; surface: 'portal' } | typeof OPERATOR = OPERATOR,
) => {
  const { id, name, enabled, maxAgeHours } = provider;
  return updateProvider(ctx, by, id, { name, enabled, maxAgeHours, settings: { ...provider.settings, ...settings } });
};

const portal = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
const actionsAbout = async (ctx: Context, { id }: { id: string }) =>
  (await eventsAbout(ctx, id, 50)).map(({ action }) => action);

describe('a provider by which people come', () => {
  test('is not overwritten by somebody who opened it before another changed it', async ({ ctx }) => {
    const { id, name, enabled, maxAgeHours, settings, updatedAt } = await aProvider(ctx);
    const wanted = { name, enabled, maxAgeHours, settings, updatedAt: updatedAt.toISOString() };
    await updateProvider(ctx, OPERATOR, id, { ...wanted, name: 'Renamed' });
    await ctx.db.identityProvider.update({ where: { id }, data: { updatedAt: new Date(updatedAt.getTime() + 5) } });
    expect(await outcome(updateProvider(ctx, OPERATOR, id, wanted))).toBe('conflict');
    expect((await ctx.db.identityProvider.findUniqueOrThrow({ where: { id } })).name).toBe('Renamed');
  });

  test('is never another one’s, nor names them by something else, of whichever kind', async ({ ctx }) => {
    const moved: [Provider, Record<string, unknown>][] = [
      [await aProvider(ctx), { issuer: 'https://idp.example.com/' }],
      [await aProvider(ctx), { subject: 'entra' }],
      [await aProvider(ctx, { kind: 'oauth2' }), { userUrl: 'https://elsewhere.example.com/user' }],
      [await aProvider(ctx, { kind: 'oauth2' }), { subjectField: 'node_id' }],
      [await aProvider(ctx, { kind: 'saml' }), { idpEntityId: 'https://elsewhere.example.com' }],
      [await aProvider(ctx, { kind: 'saml' }), { subjectAttribute: 'nickname' }],
      [await aProvider(ctx, { kind: 'ldap' }), { baseDn: 'dc=elsewhere,dc=com' }],
      [await aProvider(ctx, { kind: 'ldap' }), { subjectAttribute: 'displayName' }],
      [await aProvider(ctx, { kind: 'header' }), { subjectHeader: 'X-Nickname' }],
    ];
    for (const [provider, settings] of moved) {
      await signOn(ctx, provider, facts());
      expect(await outcome(change(ctx, provider, settings)), `${provider.kind} ${Object.keys(settings)[0]}`).toBe(
        'conflict',
      );
    }
    // Before anybody came, everything may still be put right.
    const fresh = await aProvider(ctx);
    expect(await outcome(change(ctx, fresh, { issuer: 'https://idp.example.com/' }))).toBe('done');
  });

  test('is not made to believe another certificate in silence: every other administrator and its people are told', async ({
    ctx,
  }) => {
    const [old, fresh] = await Promise.all(
      ['old', 'fresh'].map(async (name) => (await newKeyPair(name, new Date())).certificate),
    );
    const provider = await aProvider(ctx, {
      kind: 'saml',
      settings: { metadataUrl: null, signInUrl: 'https://idp.example.com/sso', certificates: [old] },
    });
    const [admin, other] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { role: 'admin' })];
    const { person } = await signOn(ctx, provider, facts());
    const stranger = await aPerson(ctx);
    await change(ctx, provider, { certificates: [fresh], nameAttribute: 'cn' }, portal(admin));

    const [entry] = await ctx.db.auditEntry.findMany({
      where: { action: 'provider.trust_changed', subjectId: provider.id },
    });
    expect(entry).toMatchObject({ actorId: admin.id, subjectKind: 'provider' });
    const { changes } = entry!.detail as { changes: { setting: string; before: string[]; after: string[] }[] };
    expect(changes.map(({ setting }) => setting)).toEqual(['certificates']);
    const [before, after] = [changes[0]!.before, changes[0]!.after];
    expect([before, after]).toEqual([
      [expect.stringMatching(/^SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/)],
      [expect.stringMatching(/^SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/)],
    ]);
    expect(before).not.toEqual(after);

    expect(await actionsAbout(ctx, other)).toContain('provider.trust_changed_by_other');
    expect(await actionsAbout(ctx, admin)).not.toContain('provider.trust_changed_by_other');
    expect(await eventsAbout(ctx, person.id, 50)).toContainEqual(
      expect.objectContaining({ action: 'provider.trust_changed', about: provider.name, byOther: true }),
    );
    expect(await actionsAbout(ctx, stranger)).toEqual([]);
  });

  test('says so too when its server, client or tenants change, and is silent about what nobody is believed by', async ({
    ctx,
  }) => {
    const changed: [Provider, Record<string, unknown>, number][] = [
      [await aProvider(ctx, { kind: 'ldap' }), { urls: ['ldaps://elsewhere.example.com'] }, 1],
      [await aProvider(ctx, { kind: 'header' }), { networks: ['10.0.0.0/9'] }, 1],
      [await aProvider(ctx), { clientId: 'another', tenants: [newId()] }, 2],
      [await aProvider(ctx, { kind: 'oauth2' }), { tokenUrl: 'https://elsewhere.example.com/token' }, 1],
      [await aProvider(ctx), { signOutThere: false, nameClaim: 'given_name' }, 0],
    ];
    for (const [provider, settings, count] of changed) {
      await change(ctx, provider, settings);
      const entries = await ctx.db.auditEntry.findMany({
        where: { action: 'provider.trust_changed', subjectId: provider.id },
      });
      const found = entries.flatMap(({ detail }) => (detail as { changes: unknown[] }).changes);
      expect(found, Object.keys(settings)[0]).toHaveLength(count);
    }
  });
});

describe('a mapping gives nothing to whoever added it', () => {
  test('also when the provider puts them into the group only later; another administrator’s does', async ({ ctx }) => {
    const group = await aGroup(ctx);
    const provider = await aProvider(ctx);
    const subject = newId();
    const { person } = await signOn(ctx, provider, facts({ subject }));
    await updatePerson(ctx, OPERATOR, person.id, { role: 'admin' });
    const another = await aPerson(ctx, { role: 'admin' });
    const wanted = { toldAs: 'group', externalId: 'later', label: 'Later', to: { groupId: group.id } } as const;
    const added = await addMapping(ctx, portal(person), provider.id, wanted);
    expect(added.addedBy).toBe(person.id);

    const groupsOf = async (personId: string) =>
      (await ctx.db.membership.findMany({ where: { personId } })).map(({ groupId }) => groupId);
    await signOn(ctx, provider, facts({ subject, groups: [{ id: 'later' }] }));
    expect(await groupsOf(person.id)).toEqual([]);
    const colleague = await signOn(ctx, provider, facts({ groups: [{ id: 'later' }] }));
    expect(await groupsOf(colleague.person.id)).toEqual([group.id]);
    // Nor does a change of whose word counts give it to them.
    await change(ctx, provider, { groupsFrom: 'scim' }, portal(person));
    await change(ctx, provider, { groupsFrom: 'sign_in' }, portal(person));
    expect(await groupsOf(person.id)).toEqual([]);

    await removeMapping(ctx, portal(another), provider.id, added.id);
    await addMapping(ctx, portal(another), provider.id, wanted);
    expect(await groupsOf(person.id)).toEqual([group.id]);
    expect((await mappingOf(ctx, provider.id)).mappings).toMatchObject([{ addedByName: another.name }]);
  });

  test('nor a role, by which somebody who administers no more would come back', async ({ ctx }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const subject = newId();
    const { person } = await signOn(ctx, provider, facts({ subject }));
    await aPerson(ctx, { role: 'admin' });
    await updatePerson(ctx, OPERATOR, person.id, { role: 'admin' });
    const wanted = { toldAs: 'role', externalId: 'chief', label: '', to: { role: 'admin' } } as const;
    await addMapping(ctx, portal(person), provider.id, wanted);
    await updatePerson(ctx, OPERATOR, person.id, { role: 'user' });
    const again = await signOn(ctx, provider, facts({ subject, roles: ['chief'] }));
    expect(again.person.role).toBe('user');
    expect((await signOn(ctx, provider, facts({ roles: ['chief'] }))).person.role).toBe('admin');
  });
});
