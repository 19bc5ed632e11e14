import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { newKeyPair } from '../../../core/identity/saml/certificate.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { newId } from '../../../core/ids.ts';
import { attemptCookie } from '../../../core/identity/providers/attempts.ts';
import { cookieName, csrfTokenOf } from '../../../portal/api/caller.ts';
import { startPortal } from '../../../portal/main.ts';
import type { TestApi } from '../../factories/api.ts';
import { aBrowser, type Browser, type Landed } from '../../factories/browser.ts';
import { aProvider } from '../../factories/providers.ts';
import { aSamlServer, type Account, type SamlServer } from '../../fakes/saml/server.ts';
import { test as onApi } from '../api/api.ts';
import { problemOf, startOf } from './house.ts';

type House = { ctx: Context; api: TestApi; idp: SamlServer; provider: Provider<'saml'> };

async function aHouse(
  ctx: Context,
  api: TestApi,
  settings: Record<string, unknown> = {},
): Promise<House & { stop(): Promise<void> }> {
  const key = `saml-${newId().slice(-8)}`;
  const idp = await aSamlServer(async () => (await fetch(`${api.url}/auth/saml/${key}/metadata`)).text());
  const provider = await aProvider(ctx, {
    kind: 'saml',
    key,
    settings: {
      idpEntityId: idp.entityId,
      metadataUrl: idp.metadataUrl,
      groupsAttribute: 'groups',
      nameAttribute: 'name',
      newPeople: 'user',
      clockSkewSeconds: 60,
      ...settings,
    },
  });
  return { ctx, api, idp, provider, stop: idp.stop };
}

const test = onApi.extend<{ house: House }>({
  house: async ({ ctx, api }, use) => {
    const house = await aHouse(ctx, api);
    await use(house);
    await house.stop();
  },
});

const somebody = (attributes: Account['attributes'] = {}): Account => ({
  nameId: newId(),
  attributes: { name: ['Ada Byron'], email: ['ada@example.com'], groups: [], ...attributes },
});

const browserOf = ({ ctx, api }: House): Browser => {
  const inside = new URL(ctx.config.PUBLIC_URL);
  return aBrowser((url) => (url.host === inside.host ? api.url + url.pathname + url.search : url.href));
};

const signIn = (house: House, browser: Browser, account: Account, returnTo?: string): Promise<Landed> => {
  house.idp.person(account);
  return browser.visit(startOf({ ctx: house.ctx, provider: house.provider }, returnTo));
};

const sessionIn = ({ ctx }: House, browser: Browser): string | undefined =>
  browser.cookie(new URL(ctx.config.PUBLIC_URL).host, cookieName(ctx.config.PUBLIC_URL));

const call = ({ ctx, api }: House, browser: Browser, method: string, path: string) => {
  const token = sessionIn({ ctx } as House, browser) ?? '';
  const Cookie = `${cookieName(ctx.config.PUBLIC_URL)}=${token}`;
  return api.anonymous.call(method, path, undefined, { Cookie, 'X-CSRF-Token': csrfTokenOf(token) });
};

describe('a sign-in through SAML ends on a page that says what to do', () => {
  test('when another browser brings the answer, and when nobody asked for one', async ({ house }) => {
    const [mine, theirs] = [browserOf(house), browserOf(house)];
    const sent: URL[] = [];
    house.idp.person(somebody());
    const address = startOf({ ctx: house.ctx, provider: house.provider });
    await mine.visit(address, { stopBefore: (url) => url.pathname === '/sso' && sent.push(url) > 0 });
    const landed = await theirs.visit(sent[0]!.href);
    expect(problemOf(landed)).toBe('sign_in_expired');
    expect(sessionIn(house, theirs)).toBeUndefined();
  });

  test('when the provider is away or is another one, with an id that the log knows', async ({ ctx, api }) => {
    const house = await aHouse(ctx, api, { idpEntityId: 'https://other.example.com' });
    const browser = browserOf(house);
    const other = await signIn(house, browser, somebody());
    expect(problemOf(other)).toBe('misconfigured');
    expect(other.url.searchParams.get('id')).toMatch(/^[0-9a-f-]{36}$/);
    house.idp.away(true);
    expect(problemOf(await signIn(house, browser, somebody()))).toBe('unreachable');
    await house.stop();
    expect(problemOf(await signIn(house, browser, somebody()))).toBe('unreachable');
  });

  test('when there is no such provider, or one of another kind', async ({ house }) => {
    const { PUBLIC_URL } = house.ctx.config;
    const oidc = await aProvider(house.ctx);
    for (const key of ['nobody', oidc.key])
      expect(problemOf(await browserOf(house).visit(`${PUBLIC_URL}/auth/saml/${key}/start`))).toBe('no_provider');
    const metadata = (key: string) => fetch(`${house.api.url}/auth/saml/${key}/metadata`);
    expect((await metadata('nobody')).status).toBe(404);
    expect((await metadata(oidc.key)).status).toBe(404);
  });

  test('when what is posted is no answer at all, or far too long', async ({ house }) => {
    const callback = `${house.api.url}/auth/saml/${house.provider.key}/callback`;
    const bodies = [
      '',
      'SAMLResponse=x&SAMLResponse=y',
      'SAMLResponse=x&RelayState=y',
      `SAMLResponse=${'A'.repeat(1_200_000)}`,
    ];
    for (const body of bodies) {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await fetch(callback, { method: 'POST', body, headers, redirect: 'manual' });
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toMatch(/\/sign-in\?problem=(bad_input|sign_in_expired)&id=/);
    }
  });

  test('when a request to sign out is too long, or unpacks to more', async ({ house }) => {
    const logout = `${house.api.url}/auth/saml/${house.provider.key}/logout`;
    const long = `SAMLRequest=${'A'.repeat(70_000)}`;
    for (const [body, packed] of [
      [long, {}],
      [gzipSync(long), { 'Content-Encoding': 'gzip' }],
    ] as const) {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...packed };
      const answer = await fetch(logout, { method: 'POST', body, headers, redirect: 'manual' });
      expect(answer.headers.get('location')).toMatch(/\/sign-in\?problem=bad_input&id=/);
    }
  });
});

describe('somebody signs in through a provider of another make', () => {
  test('which reads our metadata, wants our signature, and is read by its own', async ({ house }) => {
    const browser = browserOf(house);
    const account = somebody({ groups: ['/staff'] });
    const landed = await signIn(house, browser, account, '/knowledge');
    expect(landed.url.pathname).toBe('/knowledge');
    const { status, body } = await call(house, browser, 'GET', '/session');
    expect([status, body.person.name]).toEqual([200, 'Ada Byron']);
    const unsigned: URL[] = [];
    const address = startOf({ ctx: house.ctx, provider: house.provider });
    await browser.visit(address, { stopBefore: (url) => url.pathname === '/sso' && unsigned.push(url) > 0 });
    unsigned[0]!.searchParams.set('RelayState', 'changed');
    expect((await browser.visit(unsigned[0]!.href)).status).toBe(500);
    const identity = await house.ctx.db.identity.findFirstOrThrow({ where: { providerId: house.provider.id } });
    expect(identity).toMatchObject({ subject: account.nameId, groups: ['/staff'], personId: body.person.id });
  });

  test('with an encrypted assertion', async ({ ctx, api }) => {
    const house = await aHouse(ctx, api, { requireEncryption: true });
    const browser = browserOf(house);
    expect(problemOf(await signIn(house, browser, somebody()))).toBe('not_trusted');
    house.idp.encrypts(true);
    await signIn(house, browser, somebody());
    expect((await call(house, browser, 'GET', '/session')).status).toBe(200);
    await house.stop();
  });

  test('by a cookie for this try alone, that comes along from another site and goes afterwards', async ({ house }) => {
    const start = startOf({ ctx: house.ctx, provider: house.provider });
    const answer = await fetch(start.replace(house.ctx.config.PUBLIC_URL, house.api.url), { redirect: 'manual' });
    const state = new URL(answer.headers.get('location')!).searchParams.get('RelayState')!;
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(new RegExp(`^${attemptCookie(house.ctx.config.PUBLIC_URL, state)}=`));
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; Secure/);
    expect(cookie).toMatch(/; SameSite=None/);
    expect(cookie).toMatch(/Max-Age=600/);
    const browser = browserOf(house);
    await signIn(house, browser, somebody());
    const left = [...browser.cookies(new URL(house.ctx.config.PUBLIC_URL).host).keys()];
    expect(left).toEqual([cookieName(house.ctx.config.PUBLIC_URL)]);
  });
});

describe('the provider’s certificates', () => {
  test('may change: a new one is found in its metadata when it is first used', async ({ house }) => {
    const { idp } = house;
    await signIn(house, browserOf(house), somebody());
    expect(idp.reads()).toBe(1);
    idp.useKey(await newKeyPair('next', new Date()));
    const later = { ...house.ctx, clock: { now: () => new Date(Date.now() + 61_000) } };
    const portal = await startPortal(later, { host: '127.0.0.1', port: 0 });
    try {
      const moved = { ...house, api: { ...house.api, url: `http://127.0.0.1:${portal.port}` } };
      const browser = browserOf(moved);
      await signIn(moved, browser, somebody());
      expect(sessionIn(moved, browser)).toBeDefined();
      expect(idp.reads()).toBe(2);
    } finally {
      await portal.stop();
    }
  });
});

describe('signing out', () => {
  test('here ends the session at the provider, which sends the browser back', async ({ house }) => {
    const browser = browserOf(house);
    const account = somebody();
    await signIn(house, browser, account);
    const { body } = await call(house, browser, 'DELETE', '/session');
    expect((await call(house, browser, 'GET', '/session')).status).toBe(401);
    const landed = await browser.visit(body.signOutUrl);
    expect(house.idp.seen.signedOut).toEqual([account.nameId]);
    expect(landed.url.pathname + landed.url.search).toBe('/sign-in?signed-out=1');
  });

  test('there ends the session that it names, and no other, and is answered', async ({ house }) => {
    const [one, two, other] = [browserOf(house), browserOf(house), browserOf(house)];
    const account = somebody();
    await signIn(house, one, account);
    await signIn(house, two, account);
    await signIn(house, other, somebody());
    const [first = ''] = house.idp.seen.sessionIndexes;
    const landed = await browserOf(house).visit(await house.idp.signOutUrl(account, first));
    expect(landed.text).toBe('signed out everywhere');
    expect(house.idp.seen.answered).toHaveLength(1);
    const statuses = await Promise.all([one, two, other].map((each) => call(house, each, 'GET', '/session')));
    expect(statuses.map(({ status }) => status)).toEqual([401, 200, 200]);
  });
});
