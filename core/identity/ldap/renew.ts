import type { Context } from '../../context.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import type { Provider } from '../providers/store.ts';
import { withDirectory } from './directory.ts';
import { factsOf, personBySubject } from './people.ts';

/**
 * What a directory says today about somebody who is not here. null where it does not know them any more, or they could not
 * sign in: a filter that was set wrongly must not shut out everybody, so what was told before just grows old.
 * @throws AppError 'provider_failed'.
 */
export const renewLdap = (
  ctx: Pick<Context, 'clock' | 'log'>,
  provider: Provider<'ldap'>,
  { subject }: { subject: string },
): Promise<ProviderFacts | null> =>
  withDirectory(ctx, provider, async (directory) => {
    const person = await personBySubject(directory, subject);
    return person && factsOf(ctx, directory, person);
  });
