import { describe, expect } from 'vitest';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { getProvider, updateProvider } from '../../../core/identity/providers/store.ts';
import { newId } from '../../../core/ids.ts';
import { aGroup, aKnowledgeBase, aPerson, OPERATOR } from '../../factories/company.ts';
import type { Context } from '../../../core/context.ts';
import { aProvider } from '../../factories/providers.ts';
import { test } from '../../flow/api/api.ts';

describe('an API key of an administrator', () => {
  test('writes no provider, mapping or provisioning token, whatever its scope', async ({ api, ctx }) => {
    const [provider, group] = [await aProvider(ctx), await aGroup(ctx)];
    const admin = await aPerson(ctx, { role: 'admin' });
    const { id, key, kind, name, enabled, maxAgeHours, settings } = provider;
    const wanted = { name, enabled, maxAgeHours, settings };
    const mapping = { toldAs: 'group', externalId: 'staff', to: { groupId: group.id } };
    for (const client of [await api.key(admin, 'people'), await api.key(admin, 'all')])
      for (const [method, path, body] of [
        ['POST', '/providers', { ...wanted, kind, key: `${key}-2` }],
        ['PUT', `/providers/${id}`, wanted],
        ['DELETE', `/providers/${id}`],
        ['POST', `/providers/${id}/mappings`, mapping],
        ['DELETE', `/providers/${id}/mappings/${newId()}`],
        ['DELETE', `/providers/${id}/scim-tokens/${newId()}`],
      ] as const)
        expect((await client.call(method, path, body)).status, `${method} ${path}`).toBe(403);
    expect((await (await api.key(admin, 'people')).call('GET', '/providers')).status).toBe(200);
  });

  test('makes nobody administrator and hands nothing on', async ({ api, ctx }) => {
    const [admin, person] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: admin });
    const owner = { kind: 'person', id: person.id };
    const client = await api.key(admin, 'all');
    for (const [method, path, body] of [
      ['PATCH', `/people/${person.id}`, { role: 'admin' }],
      ['PUT', `/knowledge-bases/${base.id}/owner`, owner],
      ['POST', `/people/${person.id}/deactivation`, { handOverTo: { kind: 'person', id: admin.id } }],
    ] as const)
      expect((await client.call(method, path, body)).status, `${method} ${path}`).toBe(403);
    expect(await ctx.db.person.findUnique({ where: { id: person.id } })).toMatchObject({ role: 'user' });
  });
});

const change = (
  ctx: Context,
  provider: Provider,
  settings: Record<string, unknown>,
  secrets?: Record<string, string | null>,
) => {
  const { id, name, enabled, maxAgeHours } = provider;
  const wanted = { name, enabled, maxAgeHours, settings: { ...provider.settings, ...settings } };
  return updateProvider(ctx, OPERATOR, id, { ...wanted, secrets });
};

describe('a kept secret', () => {
  test('goes to no other address, and none that protects it less: it has to be entered again', async ({ ctx }) => {
    const ldap = await aProvider(ctx, { kind: 'ldap', secrets: { bindPassword: 'of the old directory' } });
    const oidc = await aProvider(ctx, { secrets: { clientSecret: 'of the old provider' } });
    const oauth2 = await aProvider(ctx, { kind: 'oauth2', secrets: { clientSecret: 'of the old provider' } });
    const moved: [Provider, Record<string, unknown>, string][] = [
      [ldap, { urls: ['ldap://elsewhere.example.com'] }, 'secrets.bindPassword'],
      [ldap, { urls: [...ldap.settings.urls, 'ldaps://elsewhere.example.com'] }, 'secrets.bindPassword'],
      [ldap, { startTls: false }, 'secrets.bindPassword'],
      [ldap, { allowUnencrypted: true }, 'secrets.bindPassword'],
      [ldap, { caCertificate: 'another authority' }, 'secrets.bindPassword'],
      [oidc, { issuer: 'https://elsewhere.example.com' }, 'secrets.clientSecret'],
      [oauth2, { tokenUrl: 'https://elsewhere.example.com' }, 'secrets.clientSecret'],
    ];
    for (const [provider, settings, path] of moved)
      await expect(change(ctx, provider, settings), JSON.stringify(settings)).rejects.toMatchObject({
        code: 'bad_input',
        details: { errors: [{ path, message: expect.stringContaining('entered again') }] },
      });
    expect(await getProvider(ctx, ldap.id)).toMatchObject({ settings: ldap.settings, secrets: ldap.secrets });
  });

  test('goes there once it is entered for it, or is taken away, and stays with every other change', async ({ ctx }) => {
    const ldap = await aProvider(ctx, { kind: 'ldap', secrets: { bindPassword: 'old' } });
    const there = { urls: ['ldaps://elsewhere.example.com'] };
    expect(await change(ctx, ldap, { nameAttribute: 'displayName' })).toMatchObject({ secrets: ldap.secrets });
    expect(await change(ctx, ldap, there, { bindPassword: 'new' })).toMatchObject({ secrets: { bindPassword: 'new' } });
    expect((await change(ctx, ldap, {}, { bindPassword: null })).secrets).toEqual({});
  });
});
