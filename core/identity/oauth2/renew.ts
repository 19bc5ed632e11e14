import { refreshTokenGrant } from 'openid-client';
import { oidcFailure } from '../oidc/failure.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import type { Renewing } from '../renewal.ts';
import { oauth2Client } from './client.ts';
import { oauth2Facts, userOf } from './facts.ts';

/**
 * What the provider says today about somebody who is not here, by their refresh token; null without one.
 * @throws AppError 'sign_in_expired' when the token is not taken any more, 'provider_failed'.
 */
export async function renewOauth2(
  _ctx: unknown,
  provider: Provider<'oauth2'>,
  { subject, refreshToken, keep }: Renewing,
): Promise<ProviderFacts | null> {
  if (refreshToken === null) return null;
  try {
    const tokens = await refreshTokenGrant(oauth2Client(provider), refreshToken);
    // The old one is worth nothing any more, whatever the API says next.
    if (tokens.refresh_token !== undefined) await keep(tokens.refresh_token);
    const user = await userOf(provider, tokens.access_token);
    const told = { user, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
    const facts = await oauth2Facts(provider, told);
    if (facts.subject !== subject) throw providerFailed('not_trusted', 'the answer is about another subject');
    return facts;
  } catch (error) {
    throw oidcFailure(error);
  }
}
