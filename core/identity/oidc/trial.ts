import { authorizationCodeGrant, type Configuration } from 'openid-client';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { connectionFailure, providerFailed } from '../providers/failure.ts';
import { providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { failed, passed, warned, type TrialStep } from '../providers/trial.ts';
import { readClient, SIGNATURES } from './client.ts';
import { oidcFailure } from './failure.ts';
import { callbackUrl } from './sign-in.ts';

/**
 * Walks what a sign-in needs of a provider, step by step, from the provider itself: discovery, endpoints, keys, and whether it
 * knows us by our secret. Stops at the first that nothing later could do without.
 */
export async function tryOidc(ctx: Pick<Context, 'config'>, provider: Provider<'oidc'>): Promise<TrialStep[]> {
  let client: Configuration;
  try {
    client = await readClient(provider);
  } catch (error) {
    return [failed('discovery', error)];
  }
  const keys = await tryKeys(client);
  const steps = [passed('discovery', client.serverMetadata().issuer), ...tryEndpoints(client, provider), keys];
  return steps.some(({ outcome }) => outcome === 'failed') ? steps : [...steps, await tryClient(ctx, client, provider)];
}

function tryEndpoints(client: Configuration, { settings }: Provider<'oidc'>): TrialStep[] {
  const told = client.serverMetadata();
  const missing = (['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const).filter(
    (name) => told[name] === undefined,
  );
  if (missing.length > 0)
    return [failed('endpoints', providerFailed('misconfigured', `missing: ${missing.join(' ')}`))];
  const steps = [passed('endpoints')];
  if (told.code_challenge_methods_supported?.includes('S256') === false)
    steps.push(warned('pkce', 'pkce_not_supported'));
  const unknown = settings.scopes.filter((scope) => told.scopes_supported?.includes(scope) === false);
  if (unknown.length > 0) steps.push(warned('scopes', 'scopes_not_listed', unknown.join(' ')));
  if (settings.readUserInfo && told.userinfo_endpoint === undefined) steps.push(warned('user_info', 'no_user_info'));
  if (settings.signOutThere && told.end_session_endpoint === undefined) steps.push(warned('sign_out', 'no_sign_out'));
  return steps;
}

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(200) });

/** Whether there is a key that a signature could be checked with. */
async function tryKeys(client: Configuration): Promise<TrialStep> {
  const { jwks_uri: address } = client.serverMetadata();
  try {
    if (address === undefined) throw providerFailed('misconfigured', 'jwks_uri');
    const response = await providerFetch(address, { headers: { Accept: 'application/json' } });
    if (response.status !== 200)
      throw providerFailed(response.status >= 500 ? 'unreachable' : 'misconfigured', `jwks: ${response.status}`);
    const parsed = jwks.safeParse(await response.json().catch(() => null));
    if (!parsed.success) throw providerFailed('misconfigured', 'jwks: not a set of keys');
    const usable = parsed.data.keys.filter(
      ({ kty, use, alg }) =>
        kty !== 'oct' && (use === undefined || use === 'sig') && (alg === undefined || isSignature(alg)),
    );
    if (usable.length === 0) throw providerFailed('misconfigured', 'jwks: no key for signatures');
    return passed('keys', String(usable.length));
  } catch (error) {
    return failed('keys', connectionFailure(error) ?? error);
  }
}

const isSignature = (alg: unknown): boolean => SIGNATURES.some((each) => each === alg);

/** A code that nobody gave: a provider that knows us says that the code is wrong, another one that we are. */
async function tryClient(
  ctx: Pick<Context, 'config'>,
  client: Configuration,
  provider: Provider<'oidc'>,
): Promise<TrialStep> {
  const url = new URL(callbackUrl(ctx, provider));
  url.search = new URLSearchParams({
    code: 'not-a-code',
    state: 'none',
    iss: client.serverMetadata().issuer,
  }).toString();
  try {
    await authorizationCodeGrant(client, url, {
      expectedState: 'none',
      pkceCodeVerifier: 'x'.repeat(43),
      idTokenExpected: true,
    });
    return failed('client', providerFailed('not_trusted', 'a code that nobody gave was taken'));
  } catch (thrown) {
    const error = oidcFailure(thrown);
    if (error.code === 'sign_in_expired') return passed('client');
    return failed('client', error);
  }
}
