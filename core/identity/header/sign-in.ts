import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import { named, type Came } from './named.ts';

/** What a proxy says about whoever makes this request. @throws AppError 'provider_failed'. */
export function headerFacts(provider: Provider<'header'>, came: Came): ProviderFacts {
  const { settings } = provider;
  const found = named(settings, came);
  if (found === 'elsewhere') throw providerFailed('denied', 'the request did not come from a listed proxy');
  if (found === 'nobody') throw providerFailed('misconfigured', `the proxy sent no ${settings.subjectHeader}`);
  if (found === 'unclear') throw providerFailed('not_trusted', 'a header is there twice or cannot be one');
  const { subject, values } = found;
  const value = (header: string | null) => (header === null ? undefined : values[header]);
  const [name, email, groups] = [value(settings.nameHeader), value(settings.emailHeader), value(settings.groupsHeader)];
  return {
    subject,
    groups: settings.groupsHeader === null ? 'not_asked' : groupsIn(groups, settings.groupsSeparator),
    roles: 'not_asked',
    active: 'not_told',
    ...(name ? { name } : {}),
    ...(email ? { email } : {}),
  };
}

/** A header that is there and empty is an empty list; one that is not there is a missing one. */
function groupsIn(value: string | undefined, separator: string): ProviderFacts['groups'] {
  if (value === undefined) return 'missing';
  const ids = value.split(separator).map((each) => each.trim());
  return ids.some((id) => id.length > 500) ? 'missing' : ids.filter((id) => id !== '').map((id) => ({ id }));
}
