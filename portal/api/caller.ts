import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import type { Actor } from '../../core/access/actor.ts';
import type { Context } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import type { PersonId } from '../../core/ids.ts';
import { signInAgain, whileFactsHold } from '../../core/identity/aging.ts';
import { looksLikeApiKey, personOfApiKey } from '../../core/identity/api-keys.ts';
import { stillNamed } from '../../core/identity/header/binding.ts';
import type { Person } from '../../core/identity/person.ts';
import { personOfSession, type SessionPerson } from '../../core/identity/sessions.ts';
import { cameThrough } from './proxied.ts';

/** Who makes a request: a person in a browser, or a program with one of a person's keys. */
export type Caller = Readonly<
  | ({ via: 'session'; token: string } & SessionPerson)
  | { via: 'key'; person: Person; keyId: string; scopes: readonly string[] }
>;

/** The same person as the record names them. */
export const actorOf = (caller: Caller): Actor & { personId: PersonId } => ({
  personId: caller.person.id,
  surface: surfaceOf(caller),
});

export const surfaceOf = (caller: Caller): 'portal' | 'api' => (caller.via === 'session' ? 'portal' : 'api');

/** `__Host-` binds the cookie to this very host over https; on plain http browsers refuse that name. */
export const cookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-gatehouse' : 'gatehouse';

const cookieOptions = (publicUrl: string): CookieOptions => ({
  httpOnly: true,
  sameSite: 'lax',
  path: '/',
  secure: publicUrl.startsWith('https:'),
});

/** Puts a new session into the browser. */
export function setSessionCookie(ctx: Pick<Context, 'config'>, response: Response, token: string): void {
  const { PUBLIC_URL, SESSION_ABSOLUTE_DAYS } = ctx.config;
  response.cookie(cookieName(PUBLIC_URL), token, {
    ...cookieOptions(PUBLIC_URL),
    maxAge: SESSION_ABSOLUTE_DAYS * 24 * 3_600_000,
  });
}

export function clearSessionCookie(ctx: Pick<Context, 'config'>, response: Response): void {
  response.clearCookie(cookieName(ctx.config.PUBLIC_URL), cookieOptions(ctx.config.PUBLIC_URL));
}

const KNOWN_FOR_DAYS = 400;

const browserCookie = ({ config }: Pick<Context, 'config'>): string => `${cookieName(config.PUBLIC_URL)}-browser`;

/** What this browser kept of an earlier sign-in with a password; null where it has none. */
export const keptBrowser = (ctx: Pick<Context, 'config'>, request: Request): string | null =>
  cookieOf(request, browserCookie(ctx));

/** Lets it keep that: it stays when the session ends, and opens nothing. */
export function keepBrowser(ctx: Pick<Context, 'config'>, response: Response, browser: string): void {
  response.cookie(browserCookie(ctx), browser, {
    ...cookieOptions(ctx.config.PUBLIC_URL),
    maxAge: KNOWN_FOR_DAYS * 24 * 3_600_000,
  });
}

/**
 * Who is calling: by a key of ours in `Authorization: Bearer`, else by the session cookie; null where there is neither, or a
 * session that has ended. `signOfLife`: whether the session counts as used by it. What else stands in that header is a proxy's business, and does not keep a session out.
 * A session whose person's identity provider has not confirmed them for too long has ended too.
 * @throws AppError 'sign_in_again' for a key in that case, 'not_signed_in' for a key that is not known any more, and for a token of others where no session is.
 */
export async function callerOf(ctx: Context, request: Request, signOfLife: boolean): Promise<Caller | null> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = cookieOf(request, cookieName(ctx.config.PUBLIC_URL));
  if (bearer !== undefined && (token === null || looksLikeApiKey(bearer))) {
    const found = await whileFactsHold(ctx, () => personOfApiKey(ctx, bearer));
    if (found === 'aged') throw signInAgain(ctx);
    if (!found) throw new AppError('not_signed_in', 'This API key is not known, revoked or too old');
    return { via: 'key', ...found };
  }
  if (token === null) return null;
  const found = await whileFactsHold(ctx, () => personOfSession(ctx, token, signOfLife));
  // Signing in again is what a session that has ended asks for too.
  if (found === null || found === 'aged') return null;
  const { binding } = found;
  if (binding !== null && !(await stillNamed(ctx, { ...found, binding }, cameThrough(request)))) return null;
  return { via: 'session', token, ...found };
}

/** Looks whether a caller is still who they were, while something long is going on for them. Null: not any more. */
export const callerStill = (ctx: Context, request: Request): Promise<Caller | null> => callerOf(ctx, request, false);

/** The names of the cookies that came with a request, as they came. */
export const cookieNames = (request: Request): string[] =>
  (request.headers.cookie?.split(';') ?? []).map((part) => part.slice(0, Math.max(0, part.indexOf('='))).trim());

/** A cookie of this request by its name. */
export function cookieOf(request: Request, name: string): string | null {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** What a session sends back in X-CSRF-Token. Made from the cookie's secret, which no other site can read. */
export const csrfTokenOf = (sessionToken: string): string =>
  createHmac('sha256', sessionToken).update('gatehouse-csrf').digest('base64url');

/**
 * Refuses what another site makes a browser send: by what the browser says about the origin, and for a session by the
 * token that only our own pages know. @throws AppError 'csrf'.
 */
export function refuseForeignSite(ctx: Pick<Context, 'config'>, request: Request, caller: Caller | null): void {
  if (caller?.via === 'key') return;
  const refused = () => new AppError('csrf', 'This did not come from the portal itself. Reload the page and try again');
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  if (
    site !== undefined
      ? site !== 'same-origin'
      : origin !== undefined && origin !== new URL(ctx.config.PUBLIC_URL).origin
  )
    throw refused();
  if (caller === null) return;
  const given = Buffer.from(request.get('x-csrf-token') ?? '');
  const right = Buffer.from(csrfTokenOf(caller.token));
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw refused();
}
