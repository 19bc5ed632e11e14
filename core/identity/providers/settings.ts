import { z } from 'zod';
import { headerSecrets, headerSettings } from './settings/header.ts';
import { ldapSecrets, ldapSettings, subjectAttributeOf } from './settings/ldap.ts';
import { oauth2Secrets, oauth2Settings } from './settings/oauth2.ts';
import { oidcSecrets, oidcSettings } from './settings/oidc.ts';
import { samlKeys, samlSecrets, samlSettings } from './settings/saml.ts';

export const PROVIDER_KINDS = ['oidc', 'oauth2', 'saml', 'ldap', 'header'] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/**
 * What may be set for a provider of each kind. `issuerOf`: who stands behind it and by what it names people: other settings
 * may change, but people of one issuer never become people of another one, nor each other. `trust`: whose word is believed,
 * and about what: who changes one of these could let somebody in as somebody else. `goesTo`: for each secret that we send, the
 * settings that say to whom and how safely.
 */
export const KINDS = {
  oidc: {
    settings: oidcSettings,
    secrets: oidcSecrets,
    issuerOf: (s: z.output<typeof oidcSettings>) => `${s.issuer} ${s.subject}`,
    trust: ['clientId', 'tenants', 'groupsClaim', 'rolesClaim', 'graphUrl'],
    goesTo: { clientSecret: ['issuer'] },
  },
  oauth2: {
    settings: oauth2Settings,
    secrets: oauth2Secrets,
    issuerOf: (s: z.output<typeof oauth2Settings>) => `${s.userUrl} ${s.subjectField}`,
    trust: ['authorizeUrl', 'tokenUrl', 'clientId', 'organisations', 'organisationsUrl', 'teamsUrl'],
    goesTo: { clientSecret: ['tokenUrl'] },
  },
  saml: {
    settings: samlSettings,
    secrets: samlSecrets,
    issuerOf: (s: z.output<typeof samlSettings>) => JSON.stringify([s.idpEntityId, s.subjectAttribute]),
    trust: ['metadataUrl', 'signInUrl', 'certificates', 'entityId', 'groupsAttribute', 'rolesAttribute'],
    // Ours alone: they are never sent.
    goesTo: {},
    made: samlKeys,
  },
  ldap: {
    settings: ldapSettings,
    secrets: ldapSecrets,
    issuerOf: (s: z.output<typeof ldapSettings>) => `${s.baseDn} ${subjectAttributeOf(s)}`,
    trust: [
      'urls',
      'startTls',
      'allowUnencrypted',
      'caCertificate',
      'bindDn',
      'userFilter',
      'groups',
      'groupBaseDn',
      'groupFilter',
      'groupIdAttribute',
    ],
    goesTo: { bindPassword: ['urls', 'startTls', 'allowUnencrypted', 'caCertificate'] },
  },
  header: {
    settings: headerSettings,
    secrets: headerSecrets,
    issuerOf: (s: z.output<typeof headerSettings>) => s.subjectHeader.toLowerCase(),
    trust: ['networks', 'groupsHeader'],
    goesTo: {},
  },
} as const satisfies { [Kind in ProviderKind]: KindOf<z.ZodObject, z.ZodObject> };

type KindOf<Settings extends z.ZodObject, Secrets extends z.ZodObject> = {
  settings: Settings;
  secrets: Secrets;
  // Each reads its own settings; who calls it has parsed them with the schema beside it.
  issuerOf: (settings: never) => string;
  trust: readonly (keyof z.output<Settings> & string)[];
  goesTo: { readonly [Secret in keyof z.output<Secrets> & string]?: readonly (keyof z.output<Settings> & string)[] };
  /** Secrets that we make ourselves, once, with the provider of this key. */
  made?: (key: string) => Promise<Record<string, string | undefined>>;
};

/** The secrets that we make ourselves for a new provider. */
export const secretsMade = async (kind: ProviderKind, key: string): Promise<Record<string, string | undefined>> => {
  const { made }: KindOf<z.ZodObject, z.ZodObject> = KINDS[kind];
  return (await made?.(key)) ?? {};
};

export type SettingsOf<Kind extends ProviderKind> = z.output<(typeof KINDS)[Kind]['settings']>;
export type SecretsOf<Kind extends ProviderKind> = z.output<(typeof KINDS)[Kind]['secrets']>;
