import { X509Certificate } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { providerUrl } from '../providers/settings/common.ts';
import { fetchMetadata } from './identity-provider.ts';
import { readMetadata } from './idp-metadata.ts';

/** What an identity provider's metadata comes to, as an administrator looks at it before it is saved. */
export type MetadataSeen = Readonly<{
  idpEntityId: string;
  signInUrl: string;
  signOutUrl: string | null;
  /** `fingerprint`: SHA-256 in hexadecimal with colons, as tools show it. */
  certificates: readonly Readonly<{ pem: string; fingerprint: string; validTo: Date }>[];
}>;

/**
 * Reads metadata from its address, or as it was pasted; `idpEntityId` says whom of several is meant.
 * @throws AppError 'bad_input' with the check that failed.
 */
export async function seeMetadata(
  given: Readonly<{ url: string } | { xml: string }>,
  idpEntityId: string | null,
): Promise<MetadataSeen> {
  try {
    const found =
      'url' in given ? await fetchMetadata(allowed(given.url), idpEntityId) : readMetadata(given.xml, idpEntityId);
    return {
      idpEntityId: found.entityId,
      signInUrl: found.signInUrl,
      signOutUrl: found.signOutUrl,
      certificates: found.certificates.map((pem) => {
        const { fingerprint256: fingerprint, validToDate: validTo } = new X509Certificate(pem);
        return { pem, fingerprint, validTo };
      }),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'provider_failed') throw error;
    throw new AppError('bad_input', `This metadata cannot be used: ${String(error.details['technical'])}`, {
      cause: error,
      details: { technical: error.details['technical'] },
    });
  }
}

function allowed(url: string): string {
  const parsed = providerUrl.safeParse(url);
  if (parsed.success) return parsed.data;
  throw new AppError('bad_input', `This address cannot be used: it ${parsed.error.issues[0]?.message ?? 'is none'}`);
}
