import type { Answered, listProviderKinds, Provider } from '../../../../contract/index.ts';

export type Kind = Answered<typeof listProviderKinds>['items'][number];
export type Field = Kind['fields'][number];

type Section = 'connection' | 'people' | 'more';

/** What is asked first, and in which order. Everything else has a default that is right for most. */
const FIRST: Record<Provider['kind'], readonly string[]> = {
  oidc: ['issuer', 'clientId', 'subject', 'tenants', 'scopes'],
  oauth2: ['clientId', 'organisations'],
  saml: ['idpEntityId', 'metadataUrl', 'signInUrl', 'signOutUrl', 'certificates'],
  ldap: ['urls', 'directory', 'baseDn', 'bindDn'],
  header: ['networks', 'subjectHeader', 'nameHeader', 'emailHeader'],
};

const PEOPLE = [
  'newPeople',
  'groupsClaim',
  'rolesClaim',
  'groupsAttribute',
  'rolesAttribute',
  'groups',
  'groupsHeader',
  'groupsSeparator',
  'teamsUrl',
  'missingGroups',
];

/** The settings of a kind in the parts of its form; new ones that nobody placed stand under "more". */
export function inSections(kind: Provider['kind'], fields: readonly Field[]): Record<Section, Field[]> {
  const named = (names: readonly string[]) =>
    names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  const [connection, people] = [named(FIRST[kind]), named(PEOPLE)];
  return { connection, people, more: fields.filter((field) => ![...connection, ...people].includes(field)) };
}

/** Settings that hold certificates, which have several lines. */
export const holdsCertificates = (name: string): boolean => name === 'certificates' || name === 'caCertificate';

/** A setting as a form holds it: text as it is typed, a list in lines, pairs by name. */
export type Typed = string | number | boolean | Record<string, string>;

/** From a setting to what stands in its field. */
export function typed(field: Field, value: unknown): Typed {
  switch (field.type) {
    case 'switch':
      return value === true;
    case 'number':
      return typeof value === 'number' ? value : Number(field.initial ?? 0);
    case 'list':
      return Array.isArray(value) ? value.join('\n') : '';
    case 'pairs':
      return { ...(value as Record<string, string> | null) };
    default:
      return typeof value === 'string' ? value : '';
  }
}

/** From what stands in a field to the setting. Undefined where it was emptied: then its default counts. */
export function setting(field: Field, value: Typed): unknown {
  if (typeof value === 'string') {
    const text = value.trim();
    if (field.type === 'list') return listed(field.name, text);
    return text === '' ? (field.initial === null && !field.required ? null : undefined) : text;
  }
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).filter(([, text]) => text.trim() !== ''));
  return value;
}

function listed(name: string, text: string): string[] {
  const parts = holdsCertificates(name) ? text.split(/(?<=-----END CERTIFICATE-----)\s*/) : text.split(/[\n,]/);
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** A key that goes with a name: small letters, digits and hyphens. */
export const keyFor = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
