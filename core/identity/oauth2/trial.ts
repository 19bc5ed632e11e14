import { authorizationCodeGrant } from 'openid-client';
import type { Context } from '../../context.ts';
import { oidcFailure } from '../oidc/failure.ts';
import { callbackUrl } from '../oidc/sign-in.ts';
import { connectionFailure, providerFailed } from '../providers/failure.ts';
import { providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { failed, passed, type TrialStep } from '../providers/trial.ts';
import { oauth2Client } from './client.ts';

/** Walks what a sign-in needs of such a provider: that its API answers, and that it knows us by our secret. */
export async function tryOauth2(ctx: Pick<Context, 'config'>, provider: Provider<'oauth2'>): Promise<TrialStep[]> {
  const steps = [await tryUser(provider.settings.userUrl), await tryClient(ctx, provider)];
  return steps;
}

/** Without a token it has to refuse. */
async function tryUser(address: string): Promise<TrialStep> {
  try {
    const { status } = await providerFetch(address, {
      headers: { Accept: 'application/json', 'User-Agent': 'Gatehouse' },
    });
    if (status === 401 || status === 403) return passed('user_info', new URL(address).host);
    throw providerFailed(status >= 500 || status === 429 ? 'unreachable' : 'misconfigured', `api: ${status}`);
  } catch (error) {
    return failed('user_info', connectionFailure(error) ?? error);
  }
}

/** A code that nobody gave: a provider that knows us says that the code is wrong, another one that we are. */
async function tryClient(ctx: Pick<Context, 'config'>, provider: Provider<'oauth2'>): Promise<TrialStep> {
  const url = new URL(callbackUrl(ctx, provider));
  url.search = new URLSearchParams({ code: 'not-a-code', state: 'none' }).toString();
  try {
    const client = oauth2Client(provider);
    await authorizationCodeGrant(client, url, { expectedState: 'none', pkceCodeVerifier: 'x'.repeat(43) });
    return failed('client', providerFailed('not_trusted', 'a code that nobody gave was taken'));
  } catch (thrown) {
    const error = oidcFailure(thrown);
    return error.code === 'sign_in_expired' ? passed('client') : failed('client', error);
  }
}
