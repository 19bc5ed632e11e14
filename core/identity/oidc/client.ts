import {
  allowInsecureRequests,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  getJwksCache,
  None,
  setJwksCache,
} from 'openid-client';
import type { Clock } from '../../clock.ts';
import type { ProviderId } from '../../ids.ts';
import { providerFailed } from '../providers/failure.ts';
import { PROVIDER_TIMEOUT_MS, providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { oidcFailure } from './failure.ts';

/** A discovery document is read again after this long; while that fails the old one serves on, up to a day. */
const FRESH_MS = 3_600_000;
const USABLE_MS = 24 * 3_600_000;

type Known = { updatedAt: number; readAt: number; client: Configuration };
const known = new Map<ProviderId, Known>();
const reading = new Map<ProviderId, Promise<Configuration>>();

/** The algorithms of signatures that are believed: none with a shared secret, and never `none`. */
export const SIGNATURES = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** An issuer of Microsoft's that serves every tenant: its tokens name their own. */
const MANY_TENANTS = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\/v2\.0\/?$/;
const TENANT_TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0';

/**
 * The client of a provider, its discovery document read and remembered. ID tokens are always checked against the keys that
 * it publishes. @throws AppError 'provider_failed'.
 */
export async function oidcClient(ctx: { clock: Clock }, provider: Provider<'oidc'>): Promise<Configuration> {
  const now = ctx.clock.now().getTime();
  const updatedAt = provider.updatedAt.getTime();
  const before = known.get(provider.id);
  const usable = before?.updatedAt === updatedAt && now - before.readAt < USABLE_MS ? before : undefined;
  if (usable && now - usable.readAt < FRESH_MS) return usable.client;
  try {
    const client = await readOnce(provider, `${provider.id}:${updatedAt}`);
    const keys = usable && getJwksCache(usable.client);
    if (keys) setJwksCache(client, keys);
    known.set(provider.id, { updatedAt, readAt: now, client });
    return client;
  } catch (error) {
    if (usable) return usable.client;
    throw error;
  }
}

/** As `oidcClient`, but from the provider itself, for trying its settings out. */
export const readClient = (provider: Provider<'oidc'>): Promise<Configuration> => read(provider);

/** Many who come at once ask once. */
function readOnce(provider: Provider<'oidc'>, key: string): Promise<Configuration> {
  const running = reading.get(key);
  if (running) return running;
  const promise = read(provider).finally(() => reading.delete(key));
  reading.set(key, promise);
  return promise;
}

async function read(provider: Provider<'oidc'>): Promise<Configuration> {
  const { settings, secrets } = provider;
  const { issuer, clientId, clientAuthentication, clockSkewSeconds } = settings;
  const secret = secrets.clientSecret;
  if (clientAuthentication !== 'none' && secret === undefined)
    throw providerFailed('misconfigured', 'the client secret is missing');
  const authentication = {
    none: None,
    client_secret_basic: () => ClientSecretBasic(secret),
    client_secret_post: () => ClientSecretPost(secret),
  }[clientAuthentication]();
  const insecure = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
  try {
    const found = await discovery(new URL(issuer), clientId, { [clockTolerance]: clockSkewSeconds }, authentication, {
      [customFetch]: providerFetch,
      timeout: PROVIDER_TIMEOUT_MS / 1_000,
      execute: [...insecure, enableNonRepudiationChecks],
    });
    refuseOtherIssuer(provider, found.serverMetadata().issuer);
    return found;
  } catch (error) {
    // Here it is the document that names another issuer than the settings; later it is somebody who says so.
    if (error instanceof ClientError && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') throw otherIssuer();
    throw oidcFailure(error);
  }
}

const otherIssuer = () => providerFailed('misconfigured', 'the discovery document names another issuer');

/** Exactly, to the last slash: the library compares addresses, which are alike sooner than names are. */
function refuseOtherIssuer({ settings }: Provider<'oidc'>, issuer: string): void {
  const template = MANY_TENANTS.test(settings.issuer) ? TENANT_TEMPLATE : null;
  if (template !== null && settings.tenants.length === 0)
    throw providerFailed('misconfigured', 'this issuer serves every tenant: name those that may come');
  if (issuer !== (template ?? settings.issuer)) throw otherIssuer();
}
