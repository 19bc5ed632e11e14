import type { ErrorRequestHandler } from 'express';
import type { Context } from '../../../core/context.ts';
import { ERROR_STATUS } from '../../../core/errors.ts';
import { correlationIdOf, errorOf } from '../problems.ts';
import { answerBeforeEnd, isBeingSent } from '../unread-body.ts';
import { URN } from './schemas.ts';

/** Every refusal under /scim/v2 as RFC 7644, section 3.12, has it, its own words only where they are ours. */
export const answerScimErrors =
  (ctx: Pick<Context, 'log'>): ErrorRequestHandler =>
  (thrown: unknown, request, response, _next) => {
    const error = errorOf(thrown, request);
    const correlationId = correlationIdOf(response);
    const told = { part: 'scim', correlationId, method: request.method };
    if (error.code === 'internal') ctx.log.error({ ...told, error: thrown }, 'request_failed');
    else ctx.log.debug({ ...told, code: error.code }, 'request_refused');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { retryAfterSeconds } = error.details;
    // What fails before one of ours has looked at it cannot be read.
    const scimType = error.details['scimType'] ?? (error.code === 'bad_input' ? 'invalidSyntax' : undefined);
    const status = ERROR_STATUS[error.code];
    if (status === 401) response.set('WWW-Authenticate', 'Bearer realm="gatehouse-scim"');
    if (typeof retryAfterSeconds === 'number') response.set('Retry-After', String(retryAfterSeconds));
    response.status(status).set('Cache-Control', 'no-store').type('application/scim+json');
    const body = JSON.stringify({
      schemas: [URN.error],
      status: String(status),
      ...(typeof scimType === 'string' ? { scimType } : {}),
      detail: `${error.message} (${correlationId})`,
    });
    if (isBeingSent(request)) answerBeforeEnd(request, response, body);
    else response.send(body);
  };
