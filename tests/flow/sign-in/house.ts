import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Context } from '../../../core/context.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { newId } from '../../../core/ids.ts';
import { cookieName, csrfTokenOf } from '../../../portal/api/caller.ts';
import type { Answer, TestApi } from '../../factories/api.ts';
import { aBrowser, type Browser, type Landed } from '../../factories/browser.ts';
import { aProvider } from '../../factories/providers.ts';
import { anIdp, CLIENT_ID, CLIENT_SECRET, type Account, type FakeIdp } from '../../fakes/oidc/provider.ts';
import { test as onApi } from '../api/api.ts';

/** An identity provider and the portal that knows it. */
export type House = {
  ctx: Context;
  api: TestApi;
  idp: FakeIdp;
  provider: Provider<'oidc'>;
  /** A fresh browser, in which nobody is signed in anywhere. */
  browser(): Visitor;
};

export type Visitor = Browser & {
  /** Signs in as somebody at the provider, all the way. */
  signIn(account?: Account, returnTo?: string): Promise<Landed>;
  /** What a call of the API answers to this browser. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The token of its session; null where it has none. */
  session(): string | null;
};

export const somebody = (claims: Record<string, unknown> = {}): Account => ({ sub: newId(), ...claims });

/** A house of one's own, with a provider that lets everybody in it knows, unless the settings say otherwise. */
export async function aHouse(
  ctx: Context,
  api: TestApi,
  given: { settings?: Record<string, unknown>; maxAgeHours?: number; enabled?: boolean; refreshTokens?: boolean } = {},
): Promise<House & { stop(): Promise<void> }> {
  const key = `idp-${newId().slice(-8)}`;
  const idp = await anIdp({
    redirects: [`${ctx.config.PUBLIC_URL}/auth/oidc/${key}/callback`],
    logoutTo: `${api.url}/auth/oidc/${key}/backchannel-logout`,
    signedOutTo: `${ctx.config.PUBLIC_URL}/sign-in?signed-out=1`,
    refreshTokens: given.refreshTokens ?? false,
  });
  const provider = await aProvider(ctx, {
    key,
    ...(given.maxAgeHours === undefined ? {} : { maxAgeHours: given.maxAgeHours }),
    enabled: given.enabled ?? true,
    settings: { issuer: idp.issuer, clientId: CLIENT_ID, newPeople: 'user', ...given.settings },
    secrets: { clientSecret: CLIENT_SECRET },
  });
  const house: House = { ctx, api, idp, provider, browser: () => visitor(house) };
  return { ...house, stop: idp.stop };
}

/** The address at which a browser begins to sign in. */
export const startOf = (
  { ctx, provider }: { ctx: Context; provider: Pick<Provider, 'kind' | 'key'> },
  returnTo?: string,
): string =>
  `${ctx.config.PUBLIC_URL}/auth/${provider.kind}/${provider.key}/start${returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`}`;

/** What the sign-in page was told, '' where the browser is elsewhere. */
export const problemOf = ({ url }: Landed): string =>
  url.pathname === '/sign-in' ? (url.searchParams.get('problem') ?? '') : '';

function visitor(house: House): Visitor {
  const { ctx, api } = house;
  const inside = new URL(ctx.config.PUBLIC_URL);
  const browser = aBrowser((url) => (url.host === inside.host ? api.url + url.pathname + url.search : url.href));
  const session = () => browser.cookie(inside.host, cookieName(ctx.config.PUBLIC_URL)) ?? null;
  return {
    ...browser,
    session,
    signIn(account, returnTo) {
      if (account) {
        house.idp.person = account;
        house.idp.says(account);
      }
      return browser.visit(startOf(house, returnTo));
    },
    async call(method, path, body) {
      const token = session();
      return api.anonymous.call(method, path, body, {
        ...(token === null
          ? {}
          : { Cookie: `${cookieName(ctx.config.PUBLIC_URL)}=${token}`, 'X-CSRF-Token': csrfTokenOf(token) }),
      });
    },
  };
}

/** The same without these. */
export const without = <T extends Record<string, unknown>>(whole: T, ...names: string[]): T =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name))) as T;

/** An address of this machine at which nothing listens. */
export async function aDeadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A test with `house`, its own for each test. */
export const test = onApi.extend<{ house: House }>({
  house: async ({ ctx, api }, use) => {
    const house = await aHouse(ctx, api);
    await use(house);
    await house.stop();
  },
});
