import { refreshTokenGrant } from 'openid-client';
import type { Context } from '../../context.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import type { Renewing } from '../renewal.ts';
import type { Claims } from './claims.ts';
import { oidcClient } from './client.ts';
import { oidcFacts } from './facts.ts';
import { oidcFailure } from './failure.ts';
import { userInfoOf } from './sign-in.ts';

/**
 * What the provider says today about somebody who is not here, by their refresh token; null without one. The answer must be
 * about the same subject. @throws AppError 'sign_in_expired' when the token is not taken any more, 'provider_failed'.
 */
export async function renewOidc(
  ctx: Pick<Context, 'clock'>,
  provider: Provider<'oidc'>,
  { subject, refreshToken, keep }: Renewing,
): Promise<ProviderFacts | null> {
  if (refreshToken === null) return null;
  const client = await oidcClient(ctx, provider);
  try {
    const tokens = await refreshTokenGrant(client, refreshToken);
    if (tokens.refresh_token !== undefined) await keep(tokens.refresh_token);
    // A provider may leave the ID token out here; then the user information has to say it all.
    const claims: Claims | undefined = tokens.claims();
    const sub = claims === undefined ? subject : String(claims['sub']);
    if (claims === undefined && provider.settings.subject !== 'sub')
      throw providerFailed('misconfigured', 'no ID token with the refresh token');
    const userInfo = await userInfoOf(client, provider, tokens.access_token, sub);
    if (claims === undefined && userInfo === null)
      throw providerFailed('misconfigured', 'no ID token and no user information');
    const facts = await oidcFacts(provider, {
      idToken: claims ?? { sub },
      userInfo,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
    });
    if (facts.subject !== subject) throw providerFailed('not_trusted', 'the answer is about another subject');
    return facts;
  } catch (error) {
    throw oidcFailure(error);
  }
}
