import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomPKCECodeVerifier,
} from 'openid-client';
import type { Context } from '../../context.ts';
import type { PersonId } from '../../ids.ts';
import type { Claims } from '../oidc/claims.ts';
import { oidcFailure } from '../oidc/failure.ts';
import { callbackUrl } from '../oidc/sign-in.ts';
import { startAttempt, takeAttempt, type Attempt } from '../providers/attempts.ts';
import type { Purpose } from '../providers/attempts.sql.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import type { Provider } from '../providers/store.ts';
import { oauth2Client } from './client.ts';
import { oauth2Facts, userOf } from './facts.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config'>;

/**
 * Begins a sign-in: where to send the browser, and the state and token of its cookie. PKCE and state are made for this one try.
 * @throws AppError 'provider_failed'.
 */
export async function beginOauth2(
  ctx: Needs,
  provider: Provider<'oauth2'>,
  wanted: { purpose: Purpose; personId: PersonId | null; returnTo: string | undefined },
): Promise<{ id: string; url: string; state: string; token: string; expiresAt: Date }> {
  const client = oauth2Client(provider);
  const verifier = randomPKCECodeVerifier();
  const attempt = await startAttempt(ctx, { ...wanted, providerId: provider.id, data: { verifier } });
  const url = buildAuthorizationUrl(client, {
    redirect_uri: callbackUrl(ctx, provider),
    scope: provider.settings.scopes.join(' '),
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: attempt.state,
  });
  return { url: url.href, ...attempt };
}

/**
 * Ends a sign-in: `query` is what the browser came back with, `token` what its cookie holds. Uses the try up whatever comes
 * of it. Who it is says the provider's API alone. @throws AppError 'sign_in_expired', 'provider_failed'.
 */
export async function finishOauth2(
  ctx: Needs,
  provider: Provider<'oauth2'>,
  came: { query: URLSearchParams; token: string | null },
  taken: (attempt: Attempt) => void,
): Promise<{ attempt: Attempt; facts: ProviderFacts; user: Claims }> {
  const state = came.query.get('state');
  const attempt = await takeAttempt(ctx, provider, { state, token: came.token });
  taken(attempt);
  const url = new URL(callbackUrl(ctx, provider));
  const query = new URLSearchParams(came.query);
  // There is no document that says how this provider calls itself; each has a callback of its own instead.
  query.delete('iss');
  url.search = query.toString();
  try {
    const tokens = await authorizationCodeGrant(oauth2Client(provider), url, {
      pkceCodeVerifier: attempt.data['verifier'] ?? '',
      expectedState: state ?? '',
    });
    const user = await userOf(provider, tokens.access_token);
    const told = { user, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
    return { attempt, facts: await oauth2Facts(provider, told), user };
  } catch (error) {
    throw oidcFailure(error);
  }
}
