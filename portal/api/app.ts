import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import { documentation } from './documentation.ts';
import { healthRoutes } from './health.ts';
import { answerProblems, noSuchAddress } from './problems.ts';
import { serve } from './route.ts';
import { routes } from './routes.ts';
import { scim } from './scim/router.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { portalPages } from './web.ts';

/**
 * The API under /api/v1, its documentation, signing in by others under /auth, /health and /ready, and with `withPortal` the portal's pages for every other
 * address. What else listens on this port (the chats' webhooks) is mounted before it.
 */
export function createApi(ctx: Context, options: { withPortal: boolean }): Express {
  if (ctx.config.ADMINS_VOUCH) ctx.log.warn({ part: 'portal' }, 'administrators_give_to_accounts_that_they_made');
  const app = express();
  app.set('trust proxy', ctx.config.TRUSTED_PROXIES.length > 0 ? [...ctx.config.TRUSTED_PROXIES] : false);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.removeHeader('X-Powered-By');
    next();
  });
  app.use(secureHeaders(ctx.config.PUBLIC_URL.startsWith('https:')));
  app.use(correlated(ctx));
  app.use(healthRoutes(ctx));
  app.use('/auth', signInRoutes(ctx), noSuchAddress);
  app.use('/api', documentation(ctx, routes));
  for (const each of routes) {
    const path = `/api/v1${each.call.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app[METHODS[each.call.method]](path, serve(ctx, each));
  }
  app.use('/api', noSuchAddress);
  app.use('/scim/v2', scim(ctx));
  if (options.withPortal) app.use(portalPages());
  app.use(noSuchAddress);
  app.use(answerProblems(ctx));
  return app;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** Nothing but our own origin, no script but our own files. Styles may be inline: the component library sets its colours so. */
function secureHeaders(https: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
    crossOriginOpenerPolicy: https,
    originAgentCluster: https,
  });
}

/** Names each request, and writes one line when it is answered: the route as the contract has it, never the address itself. */
function correlated(ctx: Pick<Context, 'log'>): express.RequestHandler {
  return (request, response, next) => {
    const correlationId = newId();
    const started = performance.now();
    response.locals['correlationId'] = correlationId;
    response.set('X-Correlation-Id', correlationId);
    response.on('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      ctx.log.debug(
        {
          correlationId,
          method: request.method,
          status: response.statusCode,
          durationMs: Math.round(performance.now() - started),
          ...(typeof route === 'string' ? { route } : {}),
        },
        'request',
      );
    });
    next();
  };
}
