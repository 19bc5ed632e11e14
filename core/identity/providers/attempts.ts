import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { newId, type PersonId, type ProviderId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import { hashToken, newToken } from '../tokens.ts';
import { insertAttempt, insertSeen, useAttempt, type Purpose } from './attempts.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets'>;

/** How long somebody may take at the provider. */
export const ATTEMPT_LIFE_MS = 10 * 60_000;

/** What a protocol must find again when the browser comes back: nonce, verifier, request id. */
export type AttemptData = Readonly<Record<string, string>>;

export type Attempt = Readonly<{
  id: string;
  purpose: Purpose;
  /** Who tries, where somebody is signed in already. */
  personId: PersonId | null;
  data: AttemptData;
  returnTo: string;
}>;

/** Before the token of a try that lies in the browser alone. */
const IN_BROWSER = 'b.';

type Sealed = { id: string; state: string; data: AttemptData; returnTo: string; expiresAt: number };

/**
 * Begins a try to sign in. Whoever is not signed in leaves nothing here: their try lies sealed in their browser, so that there
 * is nothing to fill up and nobody to be shut out for it. What somebody signed in begins is a row of theirs. `state` goes to the provider and comes back; `token` goes into a cookie of this browser, named
 * by `attemptCookie(state)`, so that several tabs may try at once and nobody else's answer is taken.
 */
export async function startAttempt(
  ctx: Needs,
  wanted: {
    providerId: ProviderId;
    purpose: Purpose;
    personId: PersonId | null;
    data: AttemptData;
    returnTo: string | undefined;
    /** Where the protocol has to know it before, as inside a signed request. */
    state?: string;
  },
): Promise<{ id: string; state: string; token: string; expiresAt: Date }> {
  const at = ctx.clock.now();
  const id = newId(at.getTime());
  const { state = newToken(), data, providerId, purpose, personId } = wanted;
  const expiresAt = new Date(at.getTime() + ATTEMPT_LIFE_MS);
  if (purpose === 'sign_in') {
    const kept: Sealed = { id, state, data, returnTo: returnAddress(wanted.returnTo), expiresAt: expiresAt.getTime() };
    const sealed = ctx.secrets.seal(JSON.stringify(kept), boundTo(providerId));
    return { id, state, token: IN_BROWSER + sealed.toString('base64url'), expiresAt };
  }
  const token = newToken();
  const dataSealed = ctx.secrets.seal(JSON.stringify({ state, data }), id);
  const returnTo = returnAddress(wanted.returnTo);
  await insertAttempt(ctx.pool, {
    id,
    tokenHash: hashToken(token),
    providerId,
    purpose,
    personId,
    dataSealed,
    returnTo,
    at,
    expiresAt,
  });
  return { id, state, token, expiresAt };
}

/**
 * The try that a browser came back from, used up by this. `token`: what its cookie holds, null without one.
 * @throws AppError 'sign_in_expired' for whatever does not fit, without saying what.
 */
export async function takeAttempt(
  ctx: Needs,
  provider: { id: ProviderId },
  came: { state: string | null; token: string | null },
): Promise<Attempt> {
  const lost = () =>
    new AppError('sign_in_expired', 'This sign-in was begun in another window or too long ago. Begin again');
  if (came.state === null || came.token === null) throw lost();
  const at = ctx.clock.now();
  if (came.token.startsWith(IN_BROWSER)) {
    const kept = opened(ctx, provider, came.token);
    if (!kept || kept.expiresAt <= at.getTime() || !timingSafeEqual(hashToken(kept.state), hashToken(came.state)))
      throw lost();
    if (!(await seenFirst(ctx, provider, `try:${kept.id}`, new Date(kept.expiresAt)))) throw lost();
    return { id: kept.id, purpose: 'sign_in', personId: null, data: kept.data, returnTo: kept.returnTo };
  }
  const found = await useAttempt(ctx.pool, { tokenHash: hashToken(came.token), providerId: provider.id, at });
  if (!found) throw lost();
  const { state, data } = JSON.parse(ctx.secrets.open(found.dataSealed, found.id)) as {
    state: string;
    data: AttemptData;
  };
  if (!timingSafeEqual(hashToken(state), hashToken(came.state))) throw lost();
  return { id: found.id, purpose: found.purpose, personId: found.personId, data, returnTo: found.returnTo };
}

/** Bound into what is sealed: the try of one provider is none of another's, and nothing else that is sealed is a try. */
const boundTo = (providerId: ProviderId): string => `sign-in attempt ${providerId}`;

function opened(ctx: Pick<Needs, 'secrets'>, provider: { id: ProviderId }, token: string): Sealed | null {
  try {
    const sealed = Buffer.from(token.slice(IN_BROWSER.length), 'base64url');
    return JSON.parse(ctx.secrets.open(sealed, boundTo(provider.id))) as Sealed;
  } catch {
    return null;
  }
}

/** How the names of the cookies begin that hold a browser's tries. */
export const attemptCookies = (publicUrl: string): string =>
  `${publicUrl.startsWith('https:') ? '__Host-' : ''}gatehouse-try-`;

/** The name of the cookie that belongs to a state. */
export const attemptCookie = (publicUrl: string, state: string): string =>
  `${attemptCookies(publicUrl)}${createHash('sha256').update(state).digest('hex').slice(0, 12)}`;

/**
 * Remembers a token by its id until it has expired. False when it was taken before, on whichever node: then it is a replay.
 */
export async function seenFirst(
  ctx: Pick<Context, 'clock'> & { pool: Queryable },
  provider: { id: ProviderId },
  id: string,
  expiresAt: Date,
): Promise<boolean> {
  const plain = createHash('sha256').update(id).digest('base64url');
  return (await insertSeen(ctx.pool, { providerId: provider.id, id: plain, at: ctx.clock.now(), expiresAt })) === 1;
}

const PAGE = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/;

/** A page of ours to go to afterwards. Whatever a browser could read as another site becomes the start page. */
export function returnAddress(wanted: string | undefined): string {
  if (wanted === undefined || !PAGE.test(wanted)) return '/';
  const here = 'http://here.invalid';
  const url = URL.parse(wanted, here);
  if (url?.origin !== here) return '/';
  const page = `${url.pathname}${url.search}${url.hash}`;
  // Looked at once more: `/.//host` has become `//host` by now.
  return PAGE.test(page) ? page : '/';
}
