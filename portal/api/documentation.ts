import express, { type Router } from 'express';
import type { Context } from '../../core/context.ts';
import { documentationPage } from './documentation-page.ts';
import { openApiOf, type OpenApi } from './open-api.ts';
import type { Route } from './route.ts';

/** /api/docs for people and /api/openapi.json for programs, both made from the contracts that the routes are served by. */
export function documentation(ctx: Pick<Context, 'config'>, routes: readonly Route[]): Router {
  const calls = routes.map((each) => each.call);
  // Made at the first request: it costs a start nothing, and never changes while the process lives.
  let document: OpenApi | undefined;
  const made = (): OpenApi => (document ??= openApiOf(calls, ctx.config.PUBLIC_URL));
  const router = express.Router();
  router.get('/openapi.json', (_request, response) => {
    response.set('Cache-Control', 'no-cache').json(made());
  });
  router.get('/docs', (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('html').send(documentationPage(calls, made()));
  });
  return router;
}
