import { createPublicKey, createVerify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { notTrusted } from './failure.ts';
import { utf8 } from './xml.ts';

/** A request to sign out names somebody and some sessions: longer ones are none, packed or not. */
export const LONGEST_LOGOUT_BYTES = 32_000;

const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'sha384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
};

const NAMES = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'];
const DEFLATE = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';

/**
 * The message of an address by the redirect binding (bindings, 3.4.4.1), its signature checked over the very letters that
 * came: a name that stands there twice, or written in another way, could be read by one and signed by the other.
 * `query`: without the question mark. @throws AppError 'provider_failed'.
 */
export function redirectedMessage(
  query: string,
  name: 'SAMLRequest' | 'SAMLResponse',
  certificates: readonly string[],
): string {
  const raw = new Map<string, string>();
  for (const part of query.split('&')) {
    const [key = '', ...rest] = part.split('=');
    const known = NAMES.includes(plain(key));
    if (known && (raw.has(key) || plain(key) !== key)) throw notTrusted('QUERY_AMBIGUOUS');
    if (known) raw.set(key, rest.join('='));
  }
  const value = (key: string) => plain(raw.get(key) ?? '');
  if (![DEFLATE, ''].includes(value('SAMLEncoding'))) throw notTrusted('QUERY_ENCODING');
  if (!raw.has('Signature')) throw notTrusted('SIGNATURE_MISSING');
  const hash = HASHES[value('SigAlg')];
  if (hash === undefined) throw notTrusted('SIGNATURE_ALGORITHM');
  const over = [name, 'RelayState', 'SigAlg'].filter((key) => raw.has(key)).map((key) => `${key}=${raw.get(key)}`);
  const signature = Buffer.from(value('Signature'), 'base64');
  const right = certificates.some((certificate) =>
    createVerify(hash).update(over.join('&')).verify(createPublicKey(certificate), signature),
  );
  if (!right) throw notTrusted('SIGNATURE_WRONG');
  return utf8(inflated(Buffer.from(value(name), 'base64')));
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw notTrusted('QUERY_MALFORMED');
  }
}

function inflated(packed: Buffer): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: LONGEST_LOGOUT_BYTES });
  } catch (error) {
    throw notTrusted('QUERY_MALFORMED', error);
  }
}
