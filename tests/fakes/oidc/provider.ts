import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import Provider from 'oidc-provider';
import { storage } from './storage.ts';

export const CLIENT_ID = 'gatehouse';
export const CLIENT_SECRET = 'a secret between the two of them';

/** Somebody at the identity provider: what it says about them, the subject first. */
export type Account = { sub: string; [claim: string]: unknown };

type TokenAnswer = { id_token?: string; access_token?: string; refresh_token?: string; [other: string]: unknown };

/** An identity provider: the real npm one, in this process, whose answers a test may bend. */
export type FakeIdp = {
  issuer: string;
  /** Who is signed in there when a browser comes, or a refusal by the person. */
  person: Account | 'refuses';
  /** What it says from now on about somebody. */
  says(account: Account): void;
  /** Bends the next answers of the token endpoint. */
  bend: ((answer: TokenAnswer) => Promise<TokenAnswer> | TokenAnswer) | null;
  /** Answers requests to a path instead of the provider; gives false to let it through. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** A JWT as it would sign it, or signed with somebody else's key. */
  sign(claims: JWTPayload, how?: { key?: CryptoKey; alg?: string; typ?: string; kid?: string }): Promise<string>;
  /** Paths that were asked for, in order. */
  asked: string[];
  stop(): Promise<void>;
};

/** `redirects`: the callback addresses that it sends people back to; `portal`: where the portal can be reached, for logout tokens. */
export async function anIdp(given: {
  redirects: readonly string[];
  logoutTo?: string;
  signedOutTo?: string;
  refreshTokens?: boolean;
  /** Plain OAuth 2: tokens for an API with these scopes, and a secret that is sent in the form. */
  apiScopes?: string;
}): Promise<FakeIdp> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: 'the-key', use: 'sig', alg: 'RS256' };
  const accounts = new Map<string, Account>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(given, jwk, accounts));
  const idp: FakeIdp = {
    issuer,
    person: { sub: 'nobody' },
    says: (account) => void accounts.set(account.sub, account),
    bend: null,
    instead: null,
    asked: [],
    async sign(claims, { key = privateKey, alg = 'RS256', typ, kid = 'the-key' } = {}) {
      return new SignJWT(claims).setProtectedHeader({ alg, kid, ...(typ === undefined ? {} : { typ }) }).sign(key);
    },
    stop: () => stop(server),
  };
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/token' && ctx.status === 200 && idp.bend) ctx.body = await idp.bend(ctx.body as TokenAnswer);
  });
  const handle = provider.callback();
  server.on('request', (request, response) => {
    idp.asked.push((request.url ?? '').split('?')[0]!);
    if (idp.instead?.(request, response)) return;
    if (!request.url?.startsWith('/interaction/')) return handle(request, response);
    void interact(provider, idp, accounts, request, response);
  });
  return idp;
}

/** What stands in for the provider's own pages: whoever is signed in there says yes. */
async function interact(
  provider: Provider,
  idp: FakeIdp,
  accounts: Map<string, Account>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { person } = idp;
  if (person === 'refuses')
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' });
  if (!accounts.has(person.sub)) accounts.set(person.sub, person);
  return provider.interactionFinished(request, response, { login: { accountId: person.sub } });
}

/** What the tokens of plain OAuth 2 are for. */
const API = 'urn:api';

const configuration = (
  given: {
    redirects: readonly string[];
    logoutTo?: string;
    signedOutTo?: string;
    refreshTokens?: boolean;
    apiScopes?: string;
  },
  jwk: JWK,
  accounts: Map<string, Account>,
): Record<string, unknown> => ({
  adapter: storage(),
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: given.redirects,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: given.apiScopes === undefined ? 'client_secret_basic' : 'client_secret_post',
      ...(given.signedOutTo === undefined ? {} : { post_logout_redirect_uris: [given.signedOutTo] }),
      ...(given.logoutTo === undefined
        ? {}
        : { backchannel_logout_uri: given.logoutTo, backchannel_logout_session_required: true }),
    },
  ],
  jwks: { keys: [jwk] },
  cookies: { keys: ['only for tests'] },
  conformIdTokenClaims: false,
  // What others would let pass: who forgets PKCE must be stopped by the other side.
  pkce: { required: () => false },
  ttl: {
    AccessToken: 3_600,
    AuthorizationCode: 60,
    Grant: 3_600,
    IdToken: 3_600,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 3_600,
  },
  rotateRefreshToken: true,
  issueRefreshToken: () => given.refreshTokens === true,
  claims: {
    openid: ['sub', 'sid'],
    profile: ['name', 'given_name', 'family_name', 'locale', 'preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups', 'realm_access', 'roles', 'tid', 'oid', 'hasgroups', '_claim_names', '_claim_sources'],
  },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: given.apiScopes !== undefined,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: given.apiScopes, accessTokenFormat: 'opaque' }),
    },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      // Its own page asks whether to sign out; here the answer is yes.
      logoutSource: (ctx: { body: string }, form: string) => {
        ctx.body = form;
      },
      postLogoutSuccessSource: (ctx: { body: string }) => {
        ctx.body = 'signed out';
      },
    },
  },
  interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx: unknown, id: string) => ({
    accountId: id,
    claims: () => accounts.get(id) ?? { sub: id },
  }),
  loadExistingGrant: async (ctx: {
    oidc: { client: { clientId: string }; session: { accountId: string }; provider: Provider };
  }) => {
    const grant = new ctx.oidc.provider.Grant({
      accountId: ctx.oidc.session.accountId,
      clientId: ctx.oidc.client.clientId,
    });
    if (given.apiScopes === undefined) grant.addOIDCScope('openid profile email groups offline_access');
    else grant.addResourceScope(API, given.apiScopes);
    await grant.save();
    return grant;
  },
  // Its own way of calling refuses this machine, where the portal of a test is.
  fetch: (url: string, { method, headers, body }: RequestInit) =>
    fetch(url, {
      method: method ?? 'GET',
      redirect: 'manual',
      ...(headers ? { headers } : {}),
      ...(body ? { body } : {}),
    }),
});

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
