import { z } from 'zod';
import { certificatePem, newKeyPair } from '../../saml/certificate.ts';
import { common, providerUrl } from './common.ts';

const attribute = z.string().trim().min(1).max(300);

/** Names under which providers tell an email address, which changes and is given to somebody else. */
const EMAIL_NAMES =
  /^(e-?mail(address)?|mail|urn:oid:0\.9\.2342\.19200300\.100\.1\.3|urn:oid:1\.2\.840\.113549\.1\.9\.1|https?:\/\/\S+\/(e-?mail(address)?|mail))$/i;

const certificate = z
  .string()
  .max(20_000)
  .transform((given, at) => {
    const pem = certificatePem(given);
    if (pem !== null) return pem;
    at.addIssue({ code: 'custom', message: 'must be a certificate with an RSA key of 2,048 bits or more' });
    return z.NEVER;
  });

/** A SAML 2.0 identity provider. */
export const samlSettings = z
  .object({
    ...common,
    /** The identity provider's entity id, as its metadata has it, to the last letter. */
    idpEntityId: z.string().trim().min(1).max(1_000),
    /** Where its metadata lies: addresses and certificates come from there, also when they change. null: those below. */
    metadataUrl: providerUrl.nullable().default(null),
    signInUrl: providerUrl.nullable().default(null),
    signOutUrl: providerUrl.nullable().default(null),
    /** The provider's signing certificates, PEM or their bare base64; several while one replaces another. */
    certificates: z.array(certificate).max(10).default([]),
    /** Ours; null: PUBLIC_URL/auth/saml/{key}. */
    entityId: z.string().trim().min(1).max(1_000).nullable().default(null),
    /** The attribute that never changes and is never given to somebody else; null: a persistent NameID. */
    subjectAttribute: attribute
      .refine((name) => !EMAIL_NAMES.test(name), 'must not be an email address: it may be given to somebody else')
      .nullable()
      .default(null),
    nameAttribute: attribute.default('displayName'),
    emailAttribute: attribute.default('email'),
    /** null: this provider is not asked for groups, and brings none. */
    groupsAttribute: attribute.nullable().default(null),
    rolesAttribute: attribute.nullable().default(null),
    /** Assertions that are not encrypted for us are refused. */
    requireEncryption: z.boolean().default(false),
    /** Signs out at the provider too, where it has an address for it. */
    signOutThere: z.boolean().default(true),
    /** How far the provider's clock may be from ours. */
    clockSkewSeconds: z.int().min(0).max(300).default(30),
  })
  .refine((s) => s.metadataUrl !== null || (s.signInUrl !== null && s.certificates.length > 0), {
    path: ['metadataUrl'],
    message: 'is needed, or signInUrl and at least one certificate',
  });

const pem = z.string().max(20_000).optional();

/** Ours: made with the provider, in PEM. */
export const samlSecrets = z.object({
  signingKey: pem,
  signingCertificate: pem,
  decryptionKey: pem,
  decryptionCertificate: pem,
});

/** Keys of its own for each provider, so that none can use what was meant for another. */
export async function samlKeys(key: string): Promise<z.output<typeof samlSecrets>> {
  const now = new Date();
  const [signing, encryption] = await Promise.all([
    newKeyPair(`Gatehouse ${key} signing`, now),
    newKeyPair(`Gatehouse ${key} encryption`, now),
  ]);
  return {
    signingKey: signing.key,
    signingCertificate: signing.certificate,
    decryptionKey: encryption.key,
    decryptionCertificate: encryption.certificate,
  };
}
