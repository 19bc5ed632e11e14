import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Person } from './person.ts';
import type { ProviderFacts } from './providers/facts.ts';
import type { Provider } from './providers/store.ts';
import { openSession, type Through } from './sessions.ts';
import { signOn } from './sign-on.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log'>;

/**
 * Signs in whom a provider has just proved, and opens a new session; a pending person gets one too, in which they can only wait.
 * @throws AppError 'sign_in_refused', `details.reason`: 'deactivated', or as `signOn` says.
 */
export async function signInThrough(
  ctx: Needs,
  provider: Provider,
  facts: ProviderFacts,
  from: { address: string | null; device: string | null },
  there: Omit<Through, 'providerId' | 'identityId'> = { providerSession: null, idToken: null },
): Promise<{ token: string; person: Person }> {
  const { person, identityId } = await signOn(ctx, provider, facts);
  if (person.status !== 'active')
    throw new AppError('sign_in_refused', 'Your account here is deactivated. Ask your administrator', {
      details: { reason: 'deactivated' },
    });
  const through = { ...there, providerId: provider.id, identityId, secrets: ctx.secrets };
  const { token } = await openSession(ctx, person.id, from, through);
  await record(ctx.pool, {
    actorId: person.id,
    surface: 'portal',
    action: 'session.opened',
    subjectKind: 'person',
    subjectId: person.id,
    detail: { providerId: provider.id },
  });
  return { token, person };
}
