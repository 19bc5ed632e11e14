import { z } from 'zod';
import { holdsPassword } from '../../../config.ts';
import { common } from './common.ts';

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9;-]{0,99}$/, 'must be the name of an attribute');
const dn = z.string().trim().min(1).max(1_000);
/** As RFC 4515 writes it. Whether it can be read is seen when the provider is tried. */
const filter = z
  .string()
  .trim()
  .min(3)
  .max(2_000)
  .regex(/^\(.*\)$/s, 'must stand in brackets, such as (uid={login})');

const server = z
  .url({ protocol: /^ldaps?$/ })
  .max(500)
  .refine((address) => !holdsPassword(address), 'must not hold a name or password');

/** A directory that people's passwords are tried at. */
export const ldapSettings = z.object({
  ...common,
  /** Tried in this order: the next one only where one does not answer. */
  urls: z.array(server).min(1).max(5),
  /** Encrypts an ldap:// connection before anything is said. */
  startTls: z.boolean().default(true),
  /** Lets ldap:// go without encryption: everybody's password is then readable on the way. For a directory on this machine or behind a tunnel. */
  allowUnencrypted: z.boolean().default(false),
  /** PEM of the authority that signed the servers' certificates; null: those that this machine believes. */
  caCertificate: z.string().max(50_000).nullable().default(null),
  /** What the defaults below go by. */
  directory: z.enum(['active_directory', 'openldap']).default('openldap'),
  /** The account that looks people up; null: nobody in particular, where the directory lets everybody read. */
  bindDn: dn.nullable().default(null),
  baseDn: dn,
  /** Finds the one person; `{login}` stands for what they typed, escaped. null: `sAMAccountName` or `userPrincipalName`, or `uid`. */
  userFilter: filter
    .refine((text) => text.includes('{login}'), 'must hold {login}')
    .nullable()
    .default(null),
  /** Who somebody is, never an address or a name. null: `objectGUID` or `entryUUID`. */
  subjectAttribute: attribute.nullable().default(null),
  nameAttribute: attribute.default('cn'),
  emailAttribute: attribute.default('mail'),
  /** How groups are found: `search` asks for those that name the person, `member_of` reads what stands with the person, `none` asks for none. */
  groups: z.enum(['none', 'search', 'member_of']).default('none'),
  groupBaseDn: dn.nullable().default(null),
  /** `{dn}` and `{uid}` stand for the person's. null: by `member`, `uniqueMember` and `memberUid`; on Active Directory by `member`. */
  groupFilter: filter.nullable().default(null),
  /** Whether a group in a group counts, by Active Directory's own rule. */
  nestedGroups: z.boolean().default(true),
  /** By which groups are mapped; null: as the subject. */
  groupIdAttribute: attribute.nullable().default(null),
  groupNameAttribute: attribute.default('cn'),
  /** Wrong passwords for one login in a quarter of an hour. Fewer than the directory locks an account after, so that nobody locks a colleague out here. */
  triesPerLogin: z.int().min(1).max(20).default(5),
});

export const ldapSecrets = z.object({ bindPassword: z.string().min(1).max(2_000).optional() });

/** By which attribute a directory names a person, by its settings. */
export const subjectAttributeOf = (
  settings: Pick<z.output<typeof ldapSettings>, 'subjectAttribute' | 'directory'>,
): string => settings.subjectAttribute ?? (settings.directory === 'active_directory' ? 'objectGUID' : 'entryUUID');
