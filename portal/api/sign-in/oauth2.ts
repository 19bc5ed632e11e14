import express, { type Request, type Response, type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { beginOauth2, finishOauth2 } from '../../../core/identity/oauth2/sign-in.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { claimsByName } from '../../../core/identity/providers/trial.ts';
import { arrive } from './arrival.ts';
import { inBrowser, setAttemptCookie, takeAttemptCookie } from './browser.ts';

/** /auth/oauth2/{key}/start and /callback. */
export function oauth2Routes(ctx: Context): Router {
  const router = express.Router();
  router.get('/:key/start', inBrowser(ctx, ['oauth2'], start));
  router.get('/:key/callback', inBrowser(ctx, ['oauth2'], callback, true));
  return router;
}

async function start(ctx: Context, provider: Provider<'oauth2'>, request: Request, response: Response): Promise<void> {
  const wanted = request.query['return_to'];
  const begun = await beginOauth2(ctx, provider, {
    purpose: 'sign_in',
    personId: null,
    returnTo: typeof wanted === 'string' ? wanted : undefined,
  });
  setAttemptCookie(ctx, request, response, begun);
  response.set('Cache-Control', 'no-store').redirect(303, begun.url);
}

async function callback(
  ctx: Context,
  provider: Provider<'oauth2'>,
  request: Request,
  response: Response,
): Promise<void> {
  const query = new URL(request.originalUrl, ctx.config.PUBLIC_URL).searchParams;
  const token = takeAttemptCookie(ctx, request, response, query.get('state'));
  await arrive(ctx, provider, request, response, async (taken) => {
    const { attempt, facts, user } = await finishOauth2(ctx, provider, { query, token }, taken);
    return {
      attempt,
      facts,
      there: { providerSession: null, idToken: null },
      claims: () => claimsByName(user, 'user_info'),
    };
  });
}
