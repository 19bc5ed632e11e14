import type { Clock } from '../../clock.ts';
import type { ProviderId } from '../../ids.ts';
import { providerFailed } from '../providers/failure.ts';
import { providerFetch } from '../providers/http.ts';
import { providerUrl } from '../providers/settings/common.ts';
import type { Provider } from '../providers/store.ts';
import { samlFailure } from './failure.ts';
import { readMetadata, type Described } from './idp-metadata.ts';

/** Where people are sent, and by which certificates answers are believed. */
export type IdentityProvider = Omit<Described, 'entityId'>;

/** Metadata is read again after this long; while that fails the old one serves on, up to a day. */
const FRESH_MS = 3_600_000;
const USABLE_MS = 24 * 3_600_000;
/** Not sooner, however many answers with an unknown signature come. */
const SOONEST_MS = 60_000;

type Known = { updatedAt: number; readAt: number; triedAt: number; idp: IdentityProvider };
const known = new Map<ProviderId, Known>();
const reading = new Map<string, Promise<IdentityProvider>>();

/**
 * The identity provider as its settings or its metadata describe it; metadata is read and remembered. `newer`: an answer was
 * signed with a certificate that is not known, so look whether there is a new one. @throws AppError 'provider_failed'.
 */
export async function identityProviderOf(
  ctx: { clock: Clock },
  provider: Provider<'saml'>,
  newer = false,
): Promise<IdentityProvider> {
  const { metadataUrl } = provider.settings;
  if (metadataUrl === null) return described(provider);
  const now = ctx.clock.now().getTime();
  const updatedAt = provider.updatedAt.getTime();
  const before = known.get(provider.id);
  const usable = before?.updatedAt === updatedAt && now - before.readAt < USABLE_MS ? before : undefined;
  const fresh = usable && now - usable.readAt < (newer ? SOONEST_MS : FRESH_MS);
  if (usable && (fresh || now - usable.triedAt < SOONEST_MS)) return usable.idp;
  if (usable) usable.triedAt = now;
  try {
    const idp = await readOnce(metadataUrl, provider.settings.idpEntityId);
    known.set(provider.id, { updatedAt, readAt: now, triedAt: now, idp });
    return idp;
  } catch (error) {
    if (usable) return usable.idp;
    throw error;
  }
}

/** Many who come at once ask once. */
function readOnce(url: string, entityId: string): Promise<IdentityProvider> {
  const key = JSON.stringify([url, entityId]);
  const running = reading.get(key);
  if (running) return running;
  const promise = fetchMetadata(url, entityId).finally(() => reading.delete(key));
  reading.set(key, promise);
  return promise;
}

/** Metadata from its address, its addresses as strict as those an administrator enters. @throws AppError 'provider_failed'. */
export async function fetchMetadata(url: string, entityId: string | null): Promise<Described> {
  const text = await fetched(url);
  const found = readMetadata(text, entityId);
  for (const address of [found.signInUrl, found.signOutUrl, found.signOutAnswerUrl])
    if (address !== null && !providerUrl.safeParse(address).success)
      throw providerFailed('misconfigured', 'METADATA_ADDRESS');
  return found;
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await providerFetch(url, { headers: { Accept: 'application/samlmetadata+xml, application/xml' } });
    if (response.status === 200) return await response.text();
    const problem = response.status >= 500 || response.status === 429 ? 'unreachable' : 'misconfigured';
    throw providerFailed(problem, `METADATA_STATUS ${response.status}`);
  } catch (error) {
    throw samlFailure(error);
  }
}

function described({ settings }: Provider<'saml'>): IdentityProvider {
  const { signInUrl, signOutUrl, certificates } = settings;
  if (signInUrl === null || certificates.length === 0) throw providerFailed('misconfigured', 'NO_SIGN_IN_ADDRESS');
  return { signInUrl, signOutUrl, signOutAnswerUrl: signOutUrl, certificates };
}
