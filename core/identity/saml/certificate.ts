import { createSign, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';

const KEY_BITS = 3_072;
const VALID_YEARS = 10;

/** A private key and the certificate by which others know it, both PEM. */
export type KeyPair = Readonly<{ key: string; certificate: string }>;

/** A new RSA key with a certificate that it signed itself: SAML looks at the key in it and at nothing else. `name`: shown by tools, ASCII. */
export async function newKeyPair(name: string, now: Date): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { key: privateKey, certificate: selfSigned(privateKey, publicKey, name, now) };
}

/** RFC 5280, the fewest fields that a certificate may have: no extension, so it vouches for nobody else. */
function selfSigned(privateKey: string, publicKey: Buffer, name: string, now: Date): string {
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + VALID_YEARS);
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const algorithm = sequence(SHA256_WITH_RSA, Buffer.from([0x05, 0x00]));
  const distinguishedName = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    distinguishedName,
    sequence(time(now), time(until)),
    distinguishedName,
    publicKey,
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return new X509Certificate(whole).toString();
}

const SHA256_WITH_RSA = Buffer.from('06092a864886f70d01010b', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const head = length < 0x80 ? Buffer.from([tag, length]) : Buffer.from([tag, 0x80 | bytes.length, ...bytes]);
  return Buffer.concat([head, content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));

/** UTCTime until 2049, GeneralizedTime from then on, as RFC 5280 demands. */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

const SMALLEST_KEY_BITS = 2_048;

/**
 * The certificate as PEM, from PEM or from its bare base64 as metadata has it; null for what is no certificate of an RSA key
 * of 2,048 bits or more, which is all that XML signatures are checked with here.
 */
export function certificatePem(given: string): string | null {
  const bare = given.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
  try {
    const certificate = new X509Certificate(Buffer.from(bare, 'base64'));
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const bits = asymmetricKeyType === 'rsa' ? (asymmetricKeyDetails?.modulusLength ?? 0) : 0;
    return bits < SMALLEST_KEY_BITS ? null : certificate.toString();
  } catch {
    return null;
  }
}
