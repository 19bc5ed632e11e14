import { allowInsecureRequests, ClientSecretPost, Configuration, customFetch } from 'openid-client';
import { providerFailed } from '../providers/failure.ts';
import { PROVIDER_TIMEOUT_MS, providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';

/** APIs at which everybody may have an account. */
const SERVE_EVERYBODY: readonly string[] = ['api.github.com', 'gitlab.com', 'codeberg.org', 'discord.com'];

/** Fields under which providers tell what changes and is given to somebody else. */
const CHANGES = /(^|\.)(login|username|user_name|name|e-?mail|preferred_username)$/i;

/** The client of a provider that has no discovery document: its addresses are settings. @throws AppError 'provider_failed'. */
export function oauth2Client({ settings, secrets }: Provider<'oauth2'>): Configuration {
  const { authorizeUrl, tokenUrl, clientId } = settings;
  const secret = secrets.clientSecret;
  if (CHANGES.test(settings.subjectField))
    throw providerFailed('misconfigured', 'subjectField may be given to somebody else');
  if (settings.organisations.length === 0 && SERVE_EVERYBODY.includes(new URL(settings.userUrl).hostname))
    throw providerFailed('misconfigured', 'this API serves everybody: name the organisations that may come');
  if (secret === undefined) throw providerFailed('misconfigured', 'the client secret is missing');
  const server = {
    issuer: new URL(authorizeUrl).origin,
    authorization_endpoint: authorizeUrl,
    token_endpoint: tokenUrl,
  };
  const client = new Configuration(server, clientId, secret, ClientSecretPost(secret));
  client[customFetch] = fetchToken;
  client.timeout = PROVIDER_TIMEOUT_MS / 1_000;
  if (tokenUrl.startsWith('http:')) allowInsecureRequests(client);
  return client;
}

/** As GitHub calls what everybody else calls so. */
const STANDARD: Record<string, string> = {
  bad_verification_code: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
};

/** GitHub refuses with status 200; such an answer becomes the refusal that it is. */
const fetchToken: typeof providerFetch = async (input, init) => {
  const response = await providerFetch(input, init);
  if (response.status !== 200) return response;
  const text = await response.text();
  const { headers } = response;
  const error = errorIn(text);
  return error === null
    ? new Response(text, { status: 200, headers })
    : Response.json({ error: STANDARD[error] ?? error }, { status: 400 });
};

function errorIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error.slice(0, 100) : null;
  } catch {
    return null;
  }
}
