import express, { type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { headerRoutes } from './header.ts';
import { oauth2Routes } from './oauth2.ts';
import { oidcRoutes } from './oidc.ts';
import { samlRoutes } from './saml.ts';

/** What browsers and identity providers call below /auth, by the provider's kind. */
export function signInRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use('/header', headerRoutes(ctx));
  router.use('/oauth2', oauth2Routes(ctx));
  router.use('/oidc', oidcRoutes(ctx));
  router.use('/saml', samlRoutes(ctx));
  return router;
}
