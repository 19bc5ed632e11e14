import type { ErrorRequestHandler, Request, Response } from 'express';
import { STATUS_CODES } from 'node:http';
import type { Context } from '../../core/context.ts';
import { AppError, asAppError, ERROR_STATUS } from '../../core/errors.ts';
import type { Problem } from '../contract/shapes.ts';
import { answerBeforeEnd, isBeingSent } from './unread-body.ts';

/** The id under which a request's lines stand in the log, told to the person with a problem. */
export const correlationIdOf = (response: Response): string => String(response.locals['correlationId'] ?? '');

/** Where nobody knows better when it may be tried again. */
const RETRY_AFTER_SECONDS = 60;

/** An error as RFC 9457 has it. `type` leads to the documentation of the code. */
export function problemOf(error: AppError, correlationId: string): Problem {
  const status = ERROR_STATUS[error.code];
  const { errors, retryAfterSeconds = status === 429 ? RETRY_AFTER_SECONDS : undefined } = error.details;
  return {
    type: `/api/docs#problem-${error.code}`,
    title: STATUS_CODES[status] ?? 'Stopped',
    status,
    detail: error.message,
    code: error.code,
    correlationId,
    ...(Array.isArray(errors) ? { errors: errors as NonNullable<Problem['errors']> } : {}),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  };
}

/** The last handler: every error leaves as a problem, its own words only where they are ours. */
export const answerProblems =
  (ctx: Pick<Context, 'log'>): ErrorRequestHandler =>
  (thrown: unknown, request, response, _next) => {
    const error = errorOf(thrown, request);
    const told = { correlationId: correlationIdOf(response), method: request.method };
    if (error.code === 'internal') ctx.log.error({ ...told, error: thrown }, 'request_failed');
    else ctx.log.debug({ ...told, code: error.code }, 'request_refused');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    sendProblem(response, error);
  };

/** What was thrown as an error of ours, also where the transport threw it. */
export const errorOf = (thrown: unknown, request: Request): AppError =>
  ofTransport(thrown) ?? asAppError(wentAway(thrown, request) ? GONE : thrown);

export function sendProblem(response: Response, error: AppError): void {
  const problem = problemOf(error, correlationIdOf(response));
  if (error.code === 'not_signed_in') response.set('WWW-Authenticate', 'Bearer realm="gatehouse"');
  if (problem.retryAfterSeconds !== undefined) response.set('Retry-After', String(problem.retryAfterSeconds));
  response.status(problem.status).set('Cache-Control', 'no-store').type('application/problem+json');
  const body = JSON.stringify(problem);
  if (isBeingSent(response.req)) answerBeforeEnd(response.req, response, body);
  else response.send(body);
}

const GONE = new AppError('stopped', 'The other side went away');

/** A stream that broke because nobody was there any more to write to. */
const wentAway = (thrown: unknown, request: Request): boolean =>
  request.socket.destroyed &&
  thrown instanceof Error &&
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** What Express and its body parser complain about before a route has seen the request. */
function ofTransport(thrown: unknown): AppError | null {
  if (!(thrown instanceof Error) || thrown instanceof AppError) return null;
  const { type, status } = thrown as Error & { type?: unknown; status?: unknown };
  if (type === 'entity.parse.failed') return new AppError('bad_input', 'The body is not valid JSON');
  if (type === 'entity.too.large') return new AppError('bad_input', 'The body is larger than 3 MB');
  if (thrown instanceof URIError) return new AppError('bad_input', 'The address is not well-formed');
  return typeof status === 'number' && status >= 400 && status < 500
    ? new AppError('bad_input', 'The request is not well-formed')
    : null;
}

export const noSuchAddress = (_request: Request): never => {
  throw new AppError('not_found', 'There is nothing at this address');
};
