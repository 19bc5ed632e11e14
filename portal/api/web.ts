import express, { type Router } from 'express';
import path from 'node:path';
import { AppError } from '../../core/errors.ts';

const DIST = path.join(import.meta.dirname, '..', 'web', 'dist');

/**
 * The built portal: files whose name holds their hash are kept for a year, everything else is asked for again. An address
 * of a page gives index.html, which knows the pages.
 */
export function portalPages(): Router {
  const router = express.Router();
  router.use(
    '/assets',
    express.static(path.join(DIST, 'assets'), {
      immutable: true,
      maxAge: '365d',
      index: false,
      redirect: false,
      fallthrough: true,
    }),
    () => {
      throw new AppError('not_found', 'There is nothing at this address');
    },
  );
  router.use(
    express.static(DIST, {
      index: false,
      redirect: false,
      setHeaders: (response) => void response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  router.use((request, response, next) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !request.accepts('html')) return next();
    response.set('Cache-Control', 'no-cache');
    response.sendFile(path.join(DIST, 'index.html'), { cacheControl: false }, (error?: NodeJS.ErrnoException) => {
      if (error?.code === 'ENOENT')
        next(new AppError('not_found', 'The portal is not built: run npm start once, or vite build'));
      else if (error && !response.headersSent) next(error);
    });
  });
  return router;
}
