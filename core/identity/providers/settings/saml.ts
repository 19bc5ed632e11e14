import { z } from 'zod';
import { common, providerUrl } from './common.ts';

const attribute = z.string().trim().min(1).max(300);

/** A SAML 2.0 identity provider. */
export const samlSettings = z.object({
  ...common,
  /** The identity provider's entity id, as its metadata has it. */
  idpEntityId: z.string().trim().min(1).max(1_000),
  signInUrl: providerUrl,
  signOutUrl: providerUrl.nullable().default(null),
  /** The provider's signing certificates, PEM; two while one replaces the other. */
  certificates: z.array(z.string().min(1).max(20_000)).min(1).max(5),
  /** Ours, by default the address of our metadata. */
  entityId: z.string().trim().min(1).max(1_000).nullable().default(null),
  /** A persistent NameID, or the attribute that never changes. */
  subjectAttribute: attribute.nullable().default(null),
  nameAttribute: attribute.default('displayName'),
  emailAttribute: attribute.default('email'),
  groupsAttribute: attribute.nullable().default(null),
  rolesAttribute: attribute.nullable().default(null),
  /** Assertions that are not encrypted for us are refused. */
  requireEncryption: z.boolean().default(false),
  clockSkewSeconds: z.int().min(0).max(300).default(30),
});

/** Ours: made with the provider, in PEM. */
export const samlSecrets = z.object({
  signingKey: z.string().max(20_000).optional(),
  decryptionKey: z.string().max(20_000).optional(),
});
