import type { Context } from '../context.ts';
import { asAppError } from '../errors.ts';
import type { IdentityId } from '../ids.ts';
import { claimRenewal, dueRenewals, forgetRefreshToken, keepRefreshToken, releaseRenewal } from './aging.sql.ts';
import { renewLdap } from './ldap/renew.ts';
import { renewOauth2 } from './oauth2/renew.ts';
import { renewOidc } from './oidc/renew.ts';
import type { ProviderFacts } from './providers/facts.ts';
import type { ProviderKind } from './providers/settings.ts';
import { getProvider, type Provider } from './providers/store.ts';
import { signOn } from './sign-on.ts';

export type RenewalNeeds = Pick<Context, 'pool' | 'clock' | 'secrets' | 'log'>;

/**
 * Whom to ask about: their subject there, and the refresh token where one is kept. `keep` stores one that was given in its
 * place, before anything else is asked: the used one is worth nothing any more, whatever fails after it.
 */
export type Renewing = Readonly<{
  subject: string;
  refreshToken: string | null;
  keep(refreshToken: string): Promise<void>;
}>;

/**
 * How each kind of provider is asked again without the person: null where it can't be. Throws AppError 'sign_in_expired' when
 * the refresh token is not taken any more, 'provider_failed' otherwise.
 */
const RENEWERS: {
  [Kind in ProviderKind]?: (
    ctx: RenewalNeeds,
    provider: Provider<Kind>,
    renewing: Renewing,
  ) => Promise<ProviderFacts | null>;
} = { oidc: renewOidc, oauth2: renewOauth2, ldap: renewLdap };

/** Longer than a provider may take to answer everything, ms. */
const CLAIM_MS = 60_000;
const NOT_BEFORE_MS = 5 * 60_000;

/**
 * Asks the provider of an identity again and brings the person in line with what it says. One node does at a time: a refresh
 * token that is used twice is taken for stolen. `busy`: another one is at it.
 */
export async function renew(ctx: RenewalNeeds, identity: IdentityId): Promise<'renewed' | 'failed' | 'busy'> {
  const at = ctx.clock.now().getTime();
  const claimed = await claimRenewal(ctx.pool, identity, new Date(at), new Date(at + CLAIM_MS));
  if (!claimed) return 'busy';
  const { providerId, subject, refreshSealed } = claimed;
  try {
    const provider = await getProvider(ctx, providerId);
    const ask = RENEWERS[provider.kind] as
      | ((ctx: RenewalNeeds, provider: Provider, renewing: Renewing) => Promise<ProviderFacts | null>)
      | undefined;
    const refreshToken = refreshSealed === null ? null : ctx.secrets.open(refreshSealed, identity);
    const keep = async (given: string) => {
      await keepRefreshToken(ctx.pool, identity, ctx.secrets.seal(given, identity));
    };
    const facts = provider.enabled ? await ask?.(ctx, provider, { subject, refreshToken, keep }) : null;
    if (!facts || facts.subject !== subject) throw new Error('nothing was told about this subject');
    await signOn(ctx, provider, facts, { surface: 'worker' });
    await releaseRenewal(ctx.pool, identity, null);
    return 'renewed';
  } catch (thrown) {
    const error = asAppError(thrown);
    const { technical, reason } = error.details;
    if (error.code === 'sign_in_expired') await forgetRefreshToken(ctx.pool, identity);
    await releaseRenewal(ctx.pool, identity, new Date(at + NOT_BEFORE_MS));
    const said = [reason, technical].filter((part) => typeof part === 'string').join(': ');
    ctx.log.info({ part: 'sign-in', providerId, code: error.code, reason: said }, 'renewal_failed');
    return 'failed';
  }
}

const AT_ONCE = 4;
const AT_A_TIME = 200;

/** Renews what is old enough for it, the oldest first: so that those who only write to the bot are never asked. Gives how many were. Ends early at a stop. */
export async function renewDue(ctx: RenewalNeeds & Pick<Context, 'stopping'>): Promise<number> {
  const due = await dueRenewals(ctx.pool, ctx.clock.now(), AT_A_TIME);
  let renewed = 0;
  const worker = async () => {
    for (let next = due.shift(); next !== undefined && !ctx.stopping.aborted; next = due.shift())
      if ((await renew(ctx, next)) === 'renewed') renewed += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return renewed;
}
