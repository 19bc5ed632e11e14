import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { sessionThere } from './oidc/logout.sql.ts';
import { signOutThereUrl } from './oidc/logout.ts';
import { getProvider } from './providers/store.ts';
import { endSession } from './sessions.ts';

/**
 * Ends a person's own session here; gives where to send the browser so that it ends at the provider too, null where there is
 * nothing to end. @throws AppError 'not_found'.
 */
export async function signOut(
  ctx: Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log'>,
  personId: PersonId,
  sessionId: string,
): Promise<{ signOutUrl: string | null }> {
  const there = await sessionThere(ctx.pool, sessionId);
  await endSession(ctx, personId, sessionId);
  if (there === null) return { signOutUrl: null };
  const provider = await getProvider(ctx, there.providerId);
  if (provider.kind !== 'oidc' || !provider.enabled) return { signOutUrl: null };
  const idToken = there.idTokenSealed === null ? null : ctx.secrets.open(there.idTokenSealed, sessionId);
  return { signOutUrl: await signOutThereUrl(ctx, provider, idToken) };
}
