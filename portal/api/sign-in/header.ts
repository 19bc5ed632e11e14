import express, { type Request, type Response, type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { headerFacts } from '../../../core/identity/header/sign-in.ts';
import { returnAddress } from '../../../core/identity/providers/attempts.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { signInThrough } from '../../../core/identity/sign-in.ts';
import { cameThrough } from '../proxied.ts';
import { comesFrom, enter, inBrowser } from './browser.ts';

/** /auth/header/{key}/start: whom the proxy names comes in at once. */
export function headerRoutes(ctx: Context): Router {
  const router = express.Router();
  router.get('/:key/start', inBrowser(ctx, ['header'], start));
  return router;
}

async function start(ctx: Context, provider: Provider<'header'>, request: Request, response: Response): Promise<void> {
  const facts = headerFacts(provider, cameThrough(request));
  const wanted = request.query['return_to'];
  const { token } = await signInThrough(ctx, provider, facts, comesFrom(request));
  await enter(ctx, request, response, {
    token,
    returnTo: returnAddress(typeof wanted === 'string' ? wanted : undefined),
  });
}
