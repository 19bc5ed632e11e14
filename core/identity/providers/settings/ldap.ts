import { z } from 'zod';
import { common } from './common.ts';

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9;-]{0,99}$/, 'must be the name of an attribute');
const dn = z.string().trim().min(1).max(1_000);

/** A directory that people's passwords are tried at. */
export const ldapSettings = z.object({
  ...common,
  url: z.url({ protocol: /^ldaps?$/ }),
  /** Encrypts an ldap:// connection before anything is said; without it only ldaps:// is taken, but on this very machine. */
  startTls: z.boolean().default(true),
  /** PEM; null: the authorities of the system. */
  caCertificate: z.string().max(50_000).nullable().default(null),
  directory: z.enum(['active_directory', 'openldap']).default('openldap'),
  bindDn: dn.nullable().default(null),
  baseDn: dn,
  /** `{login}` stands for what the person typed, escaped. */
  userFilter: z.string().min(1).max(1_000).default('(uid={login})'),
  /** `objectGUID` on Active Directory. */
  subjectAttribute: attribute.default('entryUUID'),
  nameAttribute: attribute.default('cn'),
  emailAttribute: attribute.default('mail'),
  groupBaseDn: dn.nullable().default(null),
});

export const ldapSecrets = z.object({ bindPassword: z.string().max(2_000).optional() });
