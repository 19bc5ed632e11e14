import type { Request, RequestHandler, Response } from 'express';
import type { Context } from '../../../core/context.ts';
import { AppError, asAppError } from '../../../core/errors.ts';
import { ATTEMPT_LIFE_MS, attemptCookie, attemptCookies } from '../../../core/identity/providers/attempts.ts';
import type { ProviderKind } from '../../../core/identity/providers/settings.ts';
import { findProvider, type Provider } from '../../../core/identity/providers/store.ts';
import { endSession, personOfSession } from '../../../core/identity/sessions.ts';
import { cookieName, cookieNames, cookieOf, setSessionCookie } from '../caller.ts';
import { correlationIdOf } from '../problems.ts';

/**
 * A page of a sign-in through the provider whose key stands in the address, of these kinds. What a person sees of anything
 * that goes wrong is a page of the portal, never a document of JSON. `disabledToo`: where a trial comes back.
 */
export const inBrowser =
  <Kind extends ProviderKind>(
    ctx: Context,
    kinds: readonly Kind[],
    handle: (ctx: Context, provider: Provider<Kind>, request: Request, response: Response) => Promise<void>,
    disabledToo = false,
  ): RequestHandler =>
  async (request, response) => {
    let provider: Provider<Kind> | null = null;
    try {
      provider = await findProvider(ctx, String(request.params['key']), kinds, disabledToo);
      if (!provider) throw noProvider();
      await handle(ctx, provider, request, response);
    } catch (error) {
      goToProblem(ctx, response, error, provider);
    }
  };

/** One that is not there, or disabled. */
export const noProvider = (): AppError =>
  new AppError('provider_failed', 'No such provider', { details: { reason: 'no_provider' } });

/** Tries of one browser at once. Each is a cookie that goes along with every request, and proxies refuse a request with too much of it. */
const TRIES_PER_BROWSER = 4;

/**
 * Binds a try to this browser, which forgets its oldest where it has several. `crossSite`: the answer comes as a form from the provider's site, to which a browser adds
 * no other cookie.
 */
export function setAttemptCookie(
  ctx: Pick<Context, 'config'>,
  request: Request,
  response: Response,
  attempt: { state: string; token: string },
  crossSite = false,
): void {
  // A browser sends the oldest first.
  const before = cookieNames(request).filter((name) => name.startsWith(attemptCookies(ctx.config.PUBLIC_URL)));
  for (const name of before.slice(0, Math.max(0, before.length - TRIES_PER_BROWSER + 1)))
    response.clearCookie(name, attemptCookieOptions(ctx, crossSite));
  response.cookie(attemptCookie(ctx.config.PUBLIC_URL, attempt.state), attempt.token, {
    ...attemptCookieOptions(ctx, crossSite),
    maxAge: ATTEMPT_LIFE_MS,
  });
}

/** What this browser holds for a state, null where it holds nothing; and takes it out of the browser. */
export function takeAttemptCookie(
  ctx: Pick<Context, 'config'>,
  request: Request,
  response: Response,
  state: string | null,
  crossSite = false,
): string | null {
  if (state === null || state.length > 300) return null;
  const name = attemptCookie(ctx.config.PUBLIC_URL, state);
  const token = cookieOf(request, name);
  if (token !== null) response.clearCookie(name, attemptCookieOptions(ctx, crossSite));
  return token;
}

const attemptCookieOptions = ({ config }: Pick<Context, 'config'>, crossSite: boolean) => ({
  httpOnly: true,
  path: '/',
  sameSite: crossSite ? ('none' as const) : ('lax' as const),
  secure: crossSite || config.PUBLIC_URL.startsWith('https:'),
});

/** From where a session is opened, for the person's own list. */
export const comesFrom = (request: Request) => ({
  address: request.ip ?? null,
  device: request.get('user-agent') ?? null,
});

/** Gives the browser a session of its own and goes on to a page of ours; one that it had before ends. */
export async function enter(
  ctx: Context,
  request: Request,
  response: Response,
  entered: { token: string; returnTo: string },
): Promise<void> {
  const before = cookieOf(request, cookieName(ctx.config.PUBLIC_URL));
  const former = before === null ? null : await personOfSession(ctx, before, false);
  if (former) await endSession(ctx, former.person.id, former.sessionId).catch(() => undefined);
  setSessionCookie(ctx, response, entered.token);
  goTo(ctx, response, entered.returnTo);
}

/** Sends the browser to a page of ours, by the configured address and never by what the request says. */
export function goTo(ctx: Pick<Context, 'config'>, response: Response, page: string): void {
  response.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
  response.redirect(303, `${ctx.config.PUBLIC_URL}${page}`);
}

/** Sends the browser to the page that says what to do, with the id under which an administrator finds what happened in the log. */
export function goToProblem(
  ctx: Pick<Context, 'config' | 'log'>,
  response: Response,
  thrown: unknown,
  provider: { id: string; key: string } | null,
): void {
  const { problem, correlationId } = logProblem(ctx, response, thrown, provider);
  const query = new URLSearchParams({ problem, id: correlationId });
  if (provider) query.set('provider', provider.key);
  goTo(ctx, response, `/sign-in?${query.toString()}`);
}

/** Writes down why a sign-in failed, codes only, never a token or what it holds; gives the word by which pages know it. */
export function logProblem(
  ctx: Pick<Context, 'log'>,
  response: Response,
  thrown: unknown,
  provider: { id: string } | null,
): { problem: string; correlationId: string } {
  const error = asAppError(thrown);
  const correlationId = correlationIdOf(response);
  const { technical, reason } = error.details;
  const problem = typeof reason === 'string' ? reason : error.code;
  const said = {
    part: 'sign-in',
    correlationId,
    code: error.code,
    ...(provider === null ? {} : { providerId: provider.id }),
    reason: [problem, ...(typeof technical === 'string' ? [technical] : [])].join(': '),
  };
  if (error.code === 'internal') ctx.log.error({ ...said, error: thrown }, 'sign_in_failed');
  else if (error.code === 'provider_failed') ctx.log.warn({ ...said, error: error.cause }, 'sign_in_failed');
  else ctx.log.info(said, 'sign_in_failed');
  return { problem, correlationId };
}
