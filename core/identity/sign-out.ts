import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { sessionThere } from './oidc/logout.sql.ts';
import { signOutThereUrl } from './oidc/logout.ts';
import { samlSignOutUrl } from './saml/logout.ts';
import { getProvider, type Provider } from './providers/store.ts';
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
  if (!provider.enabled) return { signOutUrl: null };
  const hint = there.idTokenSealed === null ? null : ctx.secrets.open(there.idTokenSealed, sessionId);
  return { signOutUrl: await urlThere(ctx, provider, hint, there.providerSession) };
}

async function urlThere(
  ctx: Pick<Context, 'clock' | 'config' | 'log'>,
  provider: Provider,
  hint: string | null,
  providerSession: string | null,
): Promise<string | null> {
  switch (provider.kind) {
    case 'oidc':
      return signOutThereUrl(ctx, provider, hint);
    case 'saml':
      return samlSignOutUrl(ctx, provider, { nameId: hint, sessionIndex: providerSession });
    case 'header':
      return provider.settings.signOutUrl;
    case 'oauth2':
    case 'ldap':
      return null;
  }
}
