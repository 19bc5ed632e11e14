import { AndFilter, EqualityFilter, escapeFilter, FilterParser, type Filter } from 'ldapts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';

type Settings = Provider<'ldap'>['settings'];

const USER_FILTER: Record<Settings['directory'], string> = {
  active_directory:
    '(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={login})(userPrincipalName={login})))',
  openldap: '(&(objectClass=person)(uid={login}))',
};

/** Active Directory's rule for a chain of groups in groups. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/** Finds whoever has this login, whatever stands in it. @throws AppError 'provider_failed'. */
export const userFilter = (settings: Settings, login: string): Filter =>
  read(filled(settings.userFilter ?? USER_FILTER[settings.directory], { login: escapeFilter`${login}` }));

/** Finds somebody again by who they are, if they could still sign in. `subject` as the directory keeps it. */
export const subjectFilter = (settings: Settings, attribute: string, subject: Buffer | string): Filter =>
  new AndFilter({
    filters: [
      new EqualityFilter({ attribute, value: subject }),
      read(filled(settings.userFilter ?? USER_FILTER[settings.directory], { login: '*' })),
    ],
  });

/** Finds the groups that somebody is in. */
export const groupFilter = (settings: Settings, person: { dn: string; uid: string | null }): Filter =>
  read(
    filled(settings.groupFilter ?? defaultGroupFilter(settings, person.uid !== null), {
      dn: escapeFilter`${person.dn}`,
      uid: escapeFilter`${person.uid ?? ''}`,
    }),
  );

function defaultGroupFilter({ directory, nestedGroups }: Settings, hasUid: boolean): string {
  if (directory === 'active_directory')
    return nestedGroups ? `(&(objectClass=group)(member:${IN_CHAIN}:={dn}))` : '(&(objectClass=group)(member={dn}))';
  return `(|(member={dn})(uniqueMember={dn})${hasUid ? '(memberUid={uid})' : ''})`;
}

const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );

function read(text: string): Filter {
  try {
    return FilterParser.parseString(text);
  } catch (error) {
    throw providerFailed('misconfigured', 'a filter cannot be read', error);
  }
}
