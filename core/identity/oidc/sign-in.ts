import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  type Configuration,
} from 'openid-client';
import type { Context } from '../../context.ts';
import type { PersonId } from '../../ids.ts';
import { startAttempt, takeAttempt, type Attempt } from '../providers/attempts.ts';
import type { Purpose } from '../providers/attempts.sql.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import type { Claims } from './claims.ts';
import { oidcClient } from './client.ts';
import { oidcFacts, type Told } from './facts.ts';
import { oidcFailure } from './failure.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config'>;

/** Where a provider sends people back to: one address for each provider, so that none answers for another. */
export const callbackUrl = (ctx: Pick<Needs, 'config'>, provider: Pick<Provider, 'key' | 'kind'>): string =>
  `${ctx.config.PUBLIC_URL}/auth/${provider.kind}/${provider.key}/callback`;

/**
 * Begins a sign-in: where to send the browser, and the state and token of its cookie. PKCE, state and nonce are made for this
 * one try. @throws AppError 'provider_failed'.
 */
export async function beginOidc(
  ctx: Needs,
  provider: Provider<'oidc'>,
  wanted: { purpose: Purpose; personId: PersonId | null; returnTo: string | undefined },
): Promise<{ id: string; url: string; state: string; token: string; expiresAt: Date }> {
  const client = await oidcClient(ctx, provider);
  const [verifier, nonce] = [randomPKCECodeVerifier(), randomNonce()];
  const begunAt = ctx.clock.now().toISOString();
  const attempt = await startAttempt(ctx, { ...wanted, providerId: provider.id, data: { verifier, nonce, begunAt } });
  try {
    const url = buildAuthorizationUrl(client, {
      ...provider.settings.authorizeParameters,
      ...(wanted.purpose === 'confirm' ? { prompt: 'login', max_age: '0' } : {}),
      redirect_uri: callbackUrl(ctx, provider),
      scope: provider.settings.scopes.join(' '),
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce,
    });
    return { url: url.href, ...attempt };
  } catch (error) {
    throw oidcFailure(error);
  }
}

export type Returned = Readonly<{
  attempt: Attempt;
  facts: ProviderFacts;
  /** What was told, for trying settings out. */
  told: Told;
  idToken: string;
  /** The provider's name of its session, where it has one. */
  sid: string | null;
}>;

/**
 * Ends a sign-in: `query` is what the browser came back with, `token` what its cookie holds. Uses the try up whatever comes
 * of it. @throws AppError 'sign_in_expired', 'provider_failed'.
 */
export async function finishOidc(
  ctx: Needs,
  provider: Provider<'oidc'>,
  came: { query: URLSearchParams; token: string | null },
  taken: (attempt: Attempt) => void = () => {},
): Promise<Returned> {
  const state = came.query.get('state');
  const attempt = await takeAttempt(ctx, provider, { state, token: came.token });
  taken(attempt);
  const client = await oidcClient(ctx, provider);
  const url = new URL(callbackUrl(ctx, provider));
  url.search = came.query.toString();
  const { verifier = '', nonce = '' } = attempt.data;
  try {
    const tokens = await authorizationCodeGrant(client, url, {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state ?? '',
      idTokenExpected: true,
    });
    const claims: Claims | undefined = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined) throw providerFailed('not_trusted', 'no ID token');
    if (attempt.purpose === 'confirm') refuseOldSignIn(provider, attempt, claims);
    const told: Told = {
      idToken: claims,
      userInfo: await userInfoOf(client, provider, tokens.access_token, String(claims['sub'])),
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
    };
    const sid = typeof claims['sid'] === 'string' ? claims['sid'] : null;
    return { attempt, facts: await oidcFacts(provider, told), told, idToken: tokens.id_token, sid };
  } catch (error) {
    throw oidcFailure(error);
  }
}

/** Who was to prove themself again has not, if the provider only remembered them or does not say when it was. */
function refuseOldSignIn({ settings }: Provider<'oidc'>, { data }: Attempt, claims: Claims): void {
  const earliest = new Date(data['begunAt'] ?? '').getTime() / 1_000 - settings.clockSkewSeconds;
  const at = claims['auth_time'];
  if (!(typeof at === 'number' && at >= Math.floor(earliest)))
    throw providerFailed('not_trusted', 'auth_time: the sign-in is not a new one');
}

/** The user information of whom the ID token names, of nobody else; null where it is not asked for or not there. */
export async function userInfoOf(
  client: Configuration,
  provider: Provider<'oidc'>,
  accessToken: string,
  sub: string,
): Promise<Claims | null> {
  if (!provider.settings.readUserInfo || client.serverMetadata().userinfo_endpoint === undefined) return null;
  return fetchUserInfo(client, accessToken, sub);
}
