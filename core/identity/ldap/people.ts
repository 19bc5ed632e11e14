import type { Entry, Filter } from 'ldapts';
import type { Context } from '../../context.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import { subjectAttributeOf } from '../providers/settings/ldap.ts';
import type { Directory } from './directory.ts';
import { isActive, lastingId, searchedId, STANDING_ATTRIBUTES, textOf } from './entries.ts';
import { subjectFilter, userFilter } from './filters.ts';
import { groupsOf } from './groups.ts';

export type DirectoryPerson = Readonly<{ dn: string; subject: string; entry: Entry }>;

/** Who has this login; null where nobody has. @throws AppError 'provider_failed', also where several do: nobody can say which one is meant. */
export const personByLogin = (directory: Directory, login: string): Promise<DirectoryPerson | null> =>
  only(directory, userFilter(directory.provider.settings, login));

/** Who this subject is today; null where they are gone, or could not sign in any more. @throws AppError 'provider_failed'. */
export function personBySubject(directory: Directory, subject: string): Promise<DirectoryPerson | null> {
  const { settings } = directory.provider;
  const attribute = subjectAttributeOf(settings);
  return only(directory, subjectFilter(settings, attribute, searchedId(attribute, subject)));
}

/** Everybody who has this login, two at most. @throws what the directory says. */
export const entriesByLogin = (directory: Directory, login: string): Promise<Entry[]> =>
  found(directory, userFilter(directory.provider.settings, login));

async function only(directory: Directory, filter: Filter): Promise<DirectoryPerson | null> {
  const [entry, another] = await found(directory, filter);
  if (another) throw providerFailed('misconfigured', 'the user filter finds several people');
  if (!entry || entry.dn === '') return null;
  return { dn: entry.dn, subject: lastingId(entry, subjectAttributeOf(directory.provider.settings)), entry };
}

async function found({ client, provider }: Directory, filter: Filter): Promise<Entry[]> {
  const { settings } = provider;
  const subject = subjectAttributeOf(settings);
  const { searchEntries } = await client.search(settings.baseDn, {
    scope: 'sub',
    filter,
    sizeLimit: 2,
    attributes: [
      subject,
      settings.nameAttribute,
      settings.emailAttribute,
      'preferredLanguage',
      'uid',
      ...STANDING_ATTRIBUTES,
      ...(settings.groups === 'member_of' ? ['memberOf'] : []),
    ],
    explicitBufferAttributes: [subject],
  });
  return searchEntries;
}

/** What the directory says about a person. @throws AppError 'provider_failed': a list of groups that is not whole would take rights away. */
export async function factsOf(
  ctx: Pick<Context, 'clock'>,
  directory: Directory,
  { dn, subject, entry }: DirectoryPerson,
): Promise<ProviderFacts> {
  const { settings } = directory.provider;
  const name = textOf(entry, settings.nameAttribute);
  const email = textOf(entry, settings.emailAttribute);
  const language = textOf(entry, 'preferredLanguage')?.split(/[,;]/)[0]?.trim();
  return {
    subject,
    groups: settings.groups === 'none' ? 'not_asked' : await groupsOf(directory, { dn, entry }),
    roles: 'not_asked',
    active: isActive(entry, ctx.clock.now()),
    ...(name === null ? {} : { name }),
    ...(email === null ? {} : { email }),
    ...(language !== undefined && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? { language } : {}),
  };
}
