import type { Entry } from 'ldapts';
import type { ToldGroup } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import { subjectAttributeOf } from '../providers/settings/ldap.ts';
import type { Directory } from './directory.ts';
import { lastingId, textOf, textsOf } from './entries.ts';
import { groupFilter } from './filters.ts';

const MOST_GROUPS = 20_000;
const MOST_MEMBER_OF = 2_000;
const PAGE_SIZE = 500;
/** Groups that are read at the same time over the one connection. */
const AT_ONCE = 20;

/** The groups that a person is in, by an id that lasts. @throws AppError 'provider_failed'. */
export const groupsOf = (directory: Directory, person: { dn: string; entry: Entry }): Promise<ToldGroup[]> =>
  directory.provider.settings.groups === 'member_of'
    ? memberOf(directory, textsOf(person.entry, 'memberOf'))
    : searched(directory, { dn: person.dn, uid: textOf(person.entry, 'uid') });

async function searched(
  { client, provider }: Directory,
  person: { dn: string; uid: string | null },
): Promise<ToldGroup[]> {
  const { settings } = provider;
  const groups: ToldGroup[] = [];
  // Without a limit of ours: a list that a limit has cut is an error of the directory then, and not a shorter list.
  const pages = client.searchPaginated(settings.groupBaseDn ?? settings.baseDn, {
    scope: 'sub',
    filter: groupFilter(settings, person),
    paged: { pageSize: PAGE_SIZE },
    ...wanted(provider),
  });
  for await (const { searchEntries } of pages) {
    groups.push(...searchEntries.map((entry) => toldGroup(entry, provider)));
    if (groups.length > MOST_GROUPS) throw providerFailed('misconfigured', 'too many groups');
  }
  return groups;
}

/** Each group has to be read for its id: a DN changes when the group is renamed or moved, and may then be another group's. */
async function memberOf({ client, provider }: Directory, names: readonly string[]): Promise<ToldGroup[]> {
  if (names.length > MOST_MEMBER_OF) throw providerFailed('misconfigured', 'too many groups');
  const groups: ToldGroup[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const found = await Promise.all(
      names.slice(at, at + AT_ONCE).map((dn) => client.search(dn, { scope: 'base', ...wanted(provider) })),
    );
    groups.push(...found.flatMap(({ searchEntries }) => searchEntries.map((entry) => toldGroup(entry, provider))));
  }
  return groups;
}

const idAttribute = ({ settings }: Directory['provider']): string =>
  settings.groupIdAttribute ?? subjectAttributeOf({ ...settings, subjectAttribute: null });

const wanted = (provider: Directory['provider']) => ({
  attributes: [idAttribute(provider), provider.settings.groupNameAttribute],
  explicitBufferAttributes: [idAttribute(provider)],
});

function toldGroup(entry: Entry, provider: Directory['provider']): ToldGroup {
  const id = lastingId(entry, idAttribute(provider));
  const label = textOf(entry, provider.settings.groupNameAttribute);
  return label === null ? { id } : { id, label: label.slice(0, 200) };
}
