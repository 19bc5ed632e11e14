import { describe, expect, onTestFinished } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { openSession } from '../../../core/identity/sessions.ts';
import { newId } from '../../../core/ids.ts';
import { cookieName } from '../../../portal/api/caller.ts';
import { providerRoutes } from '../../../portal/api/routes/providers.ts';
import type { TestApi } from '../../factories/api.ts';
import { aGroup, aPerson } from '../../factories/company.ts';
import { test } from '../api/api.ts';
import { aDeadAddress, aHouse, problemOf, somebody, startOf } from './house.ts';

const anAdministrator = async (ctx: Context, api: TestApi) => api.session(await aPerson(ctx, { role: 'admin' }));

const wanted = (settings: Record<string, unknown> = {}) => ({
  key: `k-${newId().slice(-8)}`,
  kind: 'oidc',
  name: `Provider ${newId().slice(-8)}`,
  enabled: true,
  maxAgeHours: 12,
  settings: { issuer: 'https://idp.example.com', clientId: 'us', ...settings },
  secrets: { clientSecret: 'very secret indeed' },
});

/** An administrator in a browser, at a provider that is set up but not enabled. */
async function anAdministratorAt(
  ctx: Context,
  api: TestApi,
  given: { settings?: Record<string, unknown>; enabled?: boolean } = {},
) {
  const house = await aHouse(ctx, api, { enabled: false, ...given });
  onTestFinished(house.stop);
  const admin = await aPerson(ctx, { role: 'admin' });
  const browser = house.browser();
  const { token } = await openSession(ctx, admin.id, { address: null, device: null });
  browser.cookies(new URL(ctx.config.PUBLIC_URL).host).set(cookieName(ctx.config.PUBLIC_URL), token);
  const at = `/providers/${house.provider.id}`;
  /** Tries the provider; what is set for the trial goes into the browser, as a page's own call would do. */
  const tries = async () => {
    const answer = await browser.call('POST', `${at}/test`);
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=');
      browser.cookies(new URL(ctx.config.PUBLIC_URL).host).set(name, value);
    }
    return answer;
  };
  return { house, admin, browser, at, tries, token };
}

describe('identity providers are administered', () => {
  test('by administrators alone', async ({ api, ctx }) => {
    const callers = [
      api.anonymous,
      await api.session(await aPerson(ctx)),
      await api.session(await aPerson(ctx, { role: 'pending' })),
      await api.key(await aPerson(ctx, { role: 'admin' }), 'knowledge'),
    ];
    for (const { call } of providerRoutes)
      for (const caller of callers) {
        const path = call.path.replaceAll(/\{\w+\}/g, newId());
        const mapping = { toldAs: 'group', externalId: 'x', to: { role: 'admin' } };
        const bodies: Record<string, unknown> = {
          mappings: mapping,
          confirmation: { updatedAt: '2026-01-01T00:00:00Z' },
        };
        const body = bodies[call.path.split('/').at(-1) ?? ''] ?? wanted();
        const { status } = await caller.call(call.method, path, call.body ? body : undefined);
        expect([401, 403], `${call.method} ${path}`).toContain(status);
      }
  });

  test('without ever showing a secret again, in a list, in an answer or in the record', async ({ api, ctx }) => {
    const admin = await anAdministrator(ctx, api);
    const made = await admin.call('POST', '/providers', wanted());
    expect(made.status).toBe(201);
    expect(made.body.secretsSet).toEqual(['clientSecret']);
    const { id, name, enabled, maxAgeHours, settings } = made.body;
    const change = { name, enabled, maxAgeHours, settings, secrets: { clientSecret: 'another very secret one' } };
    const changed = await admin.call('PUT', `/providers/${id}`, change);
    const all = await admin.call('GET', '/providers');
    const record = await ctx.db.auditEntry.findMany({ where: { subjectId: id } });
    expect(record.map(({ action }) => action).toSorted()).toEqual(['provider.changed', 'provider.created']);
    expect(JSON.stringify([made.body, changed.body, all.body, record])).not.toMatch(/very secret/);
  });

  test('with what is wrong named by its field', async ({ api, ctx }) => {
    const admin = await anAdministrator(ctx, api);
    const refused = await admin.call(
      'POST',
      '/providers',
      wanted({ issuer: 'http://idp.example.com', scopes: ['x y'] }),
    );
    expect(refused.status).toBe(400);
    const paths = refused.body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['settings.issuer', 'settings.scopes.0']));
  });

  test('with forms made from what is checked', async ({ api, ctx }) => {
    const admin = await anAdministrator(ctx, api);
    const { body } = await admin.call('GET', '/provider-kinds');
    const oidc = body.items.find(({ kind }: { kind: string }) => kind === 'oidc');
    const field = (name: string) => oidc.fields.find((each: { name: string }) => each.name === name);
    expect(field('issuer')).toMatchObject({ type: 'text', required: true, initial: null });
    expect(field('groupsClaim')).toMatchObject({ type: 'text', required: false, initial: null });
    expect(field('scopes')).toMatchObject({ type: 'list', initial: ['openid', 'profile', 'email'] });
    expect(field('missingGroups')).toMatchObject({ type: 'choice', choices: ['refuse', 'keep', 'none'] });
    expect(field('readUserInfo')).toMatchObject({ type: 'switch', initial: true });
    expect(field('authorizeParameters')).toMatchObject({ type: 'pairs' });
    expect(oidc.secrets).toEqual(['clientSecret']);
  });

  test('mapping what a provider named, by its label', async ({ api, ctx }) => {
    const { house, browser, at } = await anAdministratorAt(ctx, api, {
      enabled: true,
      settings: { scopes: ['openid', 'groups'], groupsClaim: 'groups' },
    });
    const group = await aGroup(ctx);
    await house.browser().signIn(somebody({ groups: [{ id: 'g-1', name: 'Chemists' }] }));
    const { body } = await browser.call('GET', `${at}/mappings`);
    expect(body.seen).toMatchObject([{ toldAs: 'group', externalId: 'g-1', label: 'Chemists', people: 1 }]);
    const to = { groupId: group.id };
    const added = await browser.call('POST', `${at}/mappings`, {
      toldAs: 'group',
      externalId: 'g-1',
      label: 'Chemists',
      to,
    });
    expect(added).toMatchObject({ status: 201, body: { group: { name: group.name } } });
    expect(await ctx.db.membership.count({ where: { groupId: group.id } })).toBe(1);
    const twice = await browser.call('POST', `${at}/mappings`, { toldAs: 'group', externalId: 'g-1', label: '', to });
    expect(twice.status).toBe(409);
    expect((await browser.call('DELETE', `${at}/mappings/${added.body.id}`)).status).toBe(204);
    expect(await ctx.db.membership.count({ where: { groupId: group.id } })).toBe(0);
  });

  test('by whom the sign-in page shows: what is enabled, by name, and nothing more', async ({ api, ctx }) => {
    const admin = await anAdministrator(ctx, api);
    const [shown, hidden] = [wanted(), { ...wanted(), enabled: false }];
    await admin.call('POST', '/providers', shown);
    await admin.call('POST', '/providers', hidden);
    const { body } = await api.anonymous.call('GET', '/installation');
    const keys = body.providers.map(({ key }: { key: string }) => key);
    expect(keys).toContain(shown.key);
    expect(keys).not.toContain(hidden.key);
    const found = body.providers.find(({ key }: { key: string }) => key === shown.key);
    expect(found).toEqual({ key: shown.key, kind: 'oidc', name: shown.name });
  });
});

describe('trying a provider out', () => {
  const failing = ({ steps }: { steps: { step: string; outcome: string; problem: string }[] }) =>
    steps.filter(({ outcome }) => outcome === 'failed').map(({ step, problem }) => `${step}: ${problem}`);

  test('says at which step it fails, and leads nowhere then', async ({ api, ctx }) => {
    const dead = await anAdministratorAt(ctx, api, { settings: { issuer: await aDeadAddress() } });
    expect(failing((await dead.tries()).body)).toEqual(['discovery: unreachable']);
    const { house, browser, at, tries } = await anAdministratorAt(ctx, api);
    const { name, enabled, maxAgeHours, settings } = house.provider;
    const change = (secrets: Record<string, string>) =>
      browser.call('PUT', at, { name, enabled, maxAgeHours, settings, secrets });
    await change({ clientSecret: 'not the right one' });
    const wrong = (await tries()).body;
    expect(failing(wrong)).toEqual(['client: misconfigured']);
    expect(wrong.trial).toBeNull();
    house.idp.instead = (request, response) => {
      if (request.url !== '/jwks') return false;
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [{ kty: 'oct', k: 'x' }] }));
      return true;
    };
    expect(failing((await tries()).body)).toEqual(['keys: misconfigured']);
  });

  test('shows by name what came and what it would come to, and signs nobody in', async ({ api, ctx }) => {
    const { house, admin, browser, at, tries, token } = await anAdministratorAt(ctx, api, {
      settings: { scopes: ['openid', 'profile', 'groups'], groupsClaim: 'groups', rolesClaim: 'realm_access.roles' },
    });
    const group = await aGroup(ctx);
    await browser.call('POST', `${at}/mappings`, {
      toldAs: 'group',
      externalId: 'chemists',
      label: '',
      to: { groupId: group.id },
    });
    const { body } = await tries();
    expect(failing(body)).toEqual([]);
    expect(body.steps.map(({ step }: { step: string }) => step)).toEqual(
      expect.arrayContaining(['discovery', 'endpoints', 'keys', 'client']),
    );
    expect((await browser.call('GET', `${at}/trials/${body.trial.id}`)).body.result).toBeNull();
    const people = await ctx.db.person.count();
    const person = somebody({ name: 'Ada Byron', groups: ['chemists', 'others'], realm_access: { roles: ['reader'] } });
    house.idp.person = person;
    const landed = await browser.visit(body.trial.url);
    expect(landed.url.pathname).toBe(`/sign-in-providers/${house.provider.id}/test`);
    expect(landed.url.searchParams.get('trial')).toBe(body.trial.id);
    const { result } = (await browser.call('GET', `${at}/trials/${body.trial.id}`)).body;
    expect(result).toMatchObject({
      brings: { name: true, email: false },
      groups: [{ id: 'chemists' }, { id: 'others' }],
      roles: ['reader'],
      becomes: { person: 'new', role: 'user', active: true, groups: [{ id: group.id, name: group.name }] },
      refused: null,
    });
    const names = result.claims.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['sub', 'name', 'groups', 'realm_access.roles']));
    expect(JSON.stringify(result)).not.toContain('Ada');
    expect(JSON.stringify(result)).not.toContain(person.sub);
    // Nobody was signed in, nobody was made, and the administrator is who they were.
    expect(await ctx.db.person.count()).toBe(people);
    expect(await ctx.db.identity.count({ where: { providerId: house.provider.id } })).toBe(0);
    expect(browser.session()).toBe(token);
    expect((await browser.call('GET', '/session')).body.person.id).toBe(admin.id);
  });

  test('is seen by who began it alone, in the browser where it was begun', async ({ api, ctx }) => {
    const { house, browser, at, tries } = await anAdministratorAt(ctx, api);
    const { trial } = (await tries()).body;
    house.idp.person = somebody();
    expect(problemOf(await house.browser().visit(trial.url))).toBe('sign_in_expired');
    await browser.visit(trial.url);
    const other = await anAdministrator(ctx, api);
    expect((await other.call('GET', `${at}/trials/${trial.id}`)).status).toBe(404);
    expect((await browser.call('GET', `${at}/trials/${trial.id}`)).body.result.becomes.role).toBe('user');
    // What is tried is not open to others yet.
    expect(problemOf(await house.browser().visit(startOf(house)))).toBe('no_provider');
  });

  test('comes back to the administrator with what went wrong there', async ({ api, ctx }) => {
    const { house, browser, tries } = await anAdministratorAt(ctx, api);
    const { trial } = (await tries()).body;
    house.idp.person = 'refuses';
    const landed = await browser.visit(trial.url);
    expect(landed.url.pathname).toBe(`/sign-in-providers/${house.provider.id}/test`);
    expect(landed.url.searchParams.get('problem')).toBe('denied');
    expect(landed.url.searchParams.get('id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('says when those who come so would be refused', async ({ api, ctx }) => {
    const { house, browser, at, tries } = await anAdministratorAt(ctx, api, {
      settings: { scopes: ['openid', 'groups'], groupsClaim: 'groups' },
    });
    const { trial } = (await tries()).body;
    house.idp.person = somebody();
    await browser.visit(trial.url);
    const { result } = (await browser.call('GET', `${at}/trials/${trial.id}`)).body;
    expect(result).toMatchObject({ groups: 'missing', becomes: null, refused: 'groups_missing' });
  });
});
