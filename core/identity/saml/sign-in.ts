import type { Context } from '../../context.ts';
import type { PersonId } from '../../ids.ts';
import { seenFirst, startAttempt, takeAttempt, type Attempt } from '../providers/attempts.ts';
import type { Purpose } from '../providers/attempts.sql.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import { readAnswer } from './answer.ts';
import type { Assertion } from './assertion.ts';
import { samlFacts } from './facts.ts';
import { notTrusted, samlFailure } from './failure.ts';
import { identityProviderOf } from './identity-provider.ts';
import { newRequestId, requestWriter } from './service-provider.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config'>;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** By then the try that it answers is long over. */
const LONGEST_REMEMBERED_MS = 24 * 3_600_000;

/**
 * Begins a sign-in: where to send the browser, and the state and token of its cookie. The request is signed, its id kept in
 * the try, and only the answer to it will be taken. @throws AppError 'provider_failed'.
 */
export async function beginSaml(
  ctx: Needs,
  provider: Provider<'saml'>,
  wanted: { purpose: Purpose; personId: PersonId | null; returnTo: string | undefined },
): Promise<{ id: string; url: string; state: string; token: string; expiresAt: Date }> {
  // The answer comes from another site, and a cookie that comes along is an encrypted connection's only, but on this very machine.
  const { protocol, hostname } = new URL(ctx.config.PUBLIC_URL);
  if (protocol !== 'https:' && !LOOPBACK.test(hostname)) throw providerFailed('misconfigured', 'PUBLIC_URL_NOT_HTTPS');
  const idp = await identityProviderOf(ctx, provider);
  const requestId = newRequestId();
  const forceAuthn = wanted.purpose === 'confirm';
  const writer = requestWriter(ctx, provider, idp, { id: requestId, forceAuthn });
  const begunAt = ctx.clock.now().toISOString();
  const attempt = await startAttempt(ctx, { ...wanted, providerId: provider.id, data: { requestId, begunAt } });
  try {
    return { url: await writer.getAuthorizeUrlAsync(attempt.state, undefined, {}), ...attempt };
  } catch (error) {
    throw samlFailure(error);
  }
}

export type Returned = Readonly<{
  attempt: Attempt;
  facts: ProviderFacts;
  /** What was told, for trying settings out and for signing out there. */
  assertion: Assertion;
}>;

/**
 * Ends a sign-in: what the browser posted, and what its cookie holds. Uses the try up whatever comes of it, and the assertion,
 * on every node. @throws AppError 'sign_in_expired', 'provider_failed'.
 */
export async function finishSaml(
  ctx: Needs,
  provider: Provider<'saml'>,
  came: { message: string; state: string | null; token: string | null },
  taken: (attempt: Attempt) => void = () => {},
): Promise<Returned> {
  const attempt = await takeAttempt(ctx, provider, came);
  taken(attempt);
  const assertion = await answered(ctx, provider, came.message, attempt);
  const facts = samlFacts(ctx, provider, assertion);
  if (attempt.purpose === 'confirm') refuseOldSignIn(provider, attempt, assertion);
  const latest = ctx.clock.now().getTime() + LONGEST_REMEMBERED_MS;
  const until = new Date(Math.min(assertion.expiresAt.getTime(), latest));
  if (!(await seenFirst(ctx, provider, `assertion:${assertion.id}`, until))) throw notTrusted('ASSERTION_REPLAYED');
  return { attempt, facts, assertion };
}

async function answered(
  ctx: Needs,
  provider: Provider<'saml'>,
  message: string,
  { data }: Attempt,
): Promise<Assertion> {
  const came = { message, requestId: data['requestId'] ?? '' };
  const idp = await identityProviderOf(ctx, provider);
  try {
    return await readAnswer(ctx, provider, idp, came);
  } catch (thrown) {
    const error = samlFailure(thrown);
    if (error.details['technical'] !== 'SIGNATURE_WRONG') throw error;
    const newer = await identityProviderOf(ctx, provider, true);
    if (newer === idp || newer.certificates.every((each) => idp.certificates.includes(each))) throw error;
    return readAnswer(ctx, provider, newer, came);
  }
}

/** Who was to prove themself again has not, if the provider only remembered them. */
function refuseOldSignIn({ settings }: Provider<'saml'>, { data }: Attempt, { authenticatedAt }: Assertion): void {
  const earliest = new Date(data['begunAt'] ?? '').getTime() - settings.clockSkewSeconds * 1_000;
  if (!authenticatedAt || !(authenticatedAt.getTime() >= earliest)) throw notTrusted('AUTHENTICATION_TOO_OLD');
}
