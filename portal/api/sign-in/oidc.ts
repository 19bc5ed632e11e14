import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { AppError, asAppError, notFound } from '../../../core/errors.ts';
import { logOutByToken } from '../../../core/identity/oidc/logout.ts';
import { beginOidc, finishOidc } from '../../../core/identity/oidc/sign-in.ts';
import { findProvider, type Provider } from '../../../core/identity/providers/store.ts';
import { claimsByName } from '../../../core/identity/providers/trial.ts';
import { correlationIdOf } from '../problems.ts';
import { arrive } from './arrival.ts';
import { inBrowser, setAttemptCookie, takeAttemptCookie } from './browser.ts';

const readForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 20 });

/** /auth/oidc/{key}/start, /callback and /backchannel-logout. */
export function oidcRoutes(ctx: Context): Router {
  const router = express.Router();
  router.get('/:key/start', inBrowser(ctx, ['oidc'], start));
  router.get('/:key/callback', inBrowser(ctx, ['oidc'], callback, true));
  router.post('/:key/backchannel-logout', readForm, backChannelLogout(ctx));
  return router;
}

async function start(ctx: Context, provider: Provider<'oidc'>, request: Request, response: Response): Promise<void> {
  const wanted = request.query['return_to'];
  const begun = await beginOidc(ctx, provider, {
    purpose: 'sign_in',
    personId: null,
    returnTo: typeof wanted === 'string' ? wanted : undefined,
  });
  setAttemptCookie(ctx, request, response, begun);
  response.set('Cache-Control', 'no-store').redirect(303, begun.url);
}

async function callback(ctx: Context, provider: Provider<'oidc'>, request: Request, response: Response): Promise<void> {
  // As it stands in the address: a parser that takes the last of two and a library that takes the first are fooled by both.
  const query = new URL(request.originalUrl, ctx.config.PUBLIC_URL).searchParams;
  const state = query.get('state');
  const token = takeAttemptCookie(ctx, request, response, state);
  await arrive(ctx, provider, request, response, async (taken) => {
    const { attempt, facts, told, idToken, sid } = await finishOidc(ctx, provider, { query, token }, taken);
    return {
      attempt,
      facts,
      there: { providerSession: sid, idToken },
      claims: () => [
        ...claimsByName(told.idToken, 'id_token'),
        ...(told.userInfo === null ? [] : claimsByName(told.userInfo, 'user_info')),
      ],
    };
  });
}

/** The answer is for a machine: 200, or 400 with an OAuth error, and nothing that a stranger could learn by. */
const backChannelLogout =
  (ctx: Context): RequestHandler =>
  async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const correlationId = correlationIdOf(response);
    try {
      const provider = await findProvider(ctx, String(request.params['key']), ['oidc']);
      if (!provider) throw notFound('provider');
      const { logout_token: token } = (request.body ?? {}) as Record<string, unknown>;
      if (typeof token !== 'string' || token.length > 60_000)
        throw new AppError('bad_input', 'logout_token is missing');
      const ended = await logOutByToken(ctx, provider, token);
      ctx.log.info({ part: 'sign-in', correlationId, providerId: provider.id, count: ended }, 'logged_out_by_provider');
      response.status(200).end();
    } catch (thrown) {
      const error = asAppError(thrown);
      const { technical } = error.details;
      ctx.log.warn(
        {
          part: 'sign-in',
          correlationId,
          code: error.code,
          ...(typeof technical === 'string' ? { reason: technical } : {}),
          ...(error.code === 'internal' ? { error: thrown } : {}),
        },
        'logout_token_refused',
      );
      response.status(error.code === 'internal' || error.code === 'provider_failed' ? 503 : 400);
      response.json({ error: 'invalid_request' });
    }
  };
