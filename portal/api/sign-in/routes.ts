import express, { type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { oidcRoutes } from './oidc.ts';

/** What browsers and identity providers call below /auth, by the provider's kind. */
export function signInRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use('/oidc', oidcRoutes(ctx));
  return router;
}
