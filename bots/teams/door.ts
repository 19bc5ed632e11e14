import { AuthenticationError } from 'botframework-connector';
import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import { z } from 'zod';
import type { Log } from '../../core/log.ts';
import type { Connection } from './cloud.ts';
import { activitySchema, type Activity } from './incoming.ts';

const BODY_LIMIT = '512kb';
/** A body that comes in slowly, or keys that can't be fetched, hold nobody up longer than this. */
const TIMEOUT_MS = 10_000;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

export type Reply = { status: number; body?: unknown };

/**
 * POST /api/messages: lets in what Teams itself sent for this bot, for an address that we may answer to, and nothing else.
 * `accept` decides the answer; what it throws is a 500, so that Teams delivers again.
 */
export function teamsDoor(connection: Connection, log: Log, accept: (activity: Activity) => Promise<Reply>): Router {
  const router = express.Router();
  const refuse = (status: number, reason: string): Reply => {
    log.info({ surface: 'teams', status, reason }, 'delivery refused');
    return { status };
  };

  const judge = async (request: Request): Promise<Reply> => {
    if (!connection.tokens && !isLocal(request)) return refuse(403, 'not_local');
    const parsed = activitySchema.safeParse(request.body);
    const denied = await authenticate(connection, request, request.body);
    if (denied) return refuse(denied, 'token');
    if (!parsed.success) return refuse(400, 'activity');
    // Whatever is answered takes our own token along.
    if (!connection.mayWriteTo(new URL(parsed.data.serviceUrl))) return refuse(403, 'service_url');
    return accept(parsed.data);
  };

  router.post(
    '/api/messages',
    (request, response, next) => {
      request.setTimeout(TIMEOUT_MS, () => request.destroy());
      if (request.is('application/json')) next();
      else response.status(415).end();
    },
    express.json({ limit: BODY_LIMIT }),
    async (request, response) => {
      request.setTimeout(0);
      let reply: Reply;
      try {
        reply = await judge(request);
      } catch (error) {
        log.error({ error, surface: 'teams' }, 'delivery failed');
        reply = { status: 500 };
      }
      if (reply.body === undefined) response.status(reply.status).end();
      else response.status(reply.status).json(reply.body);
    },
  );
  const unreadable: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
    response.status(error.status === 413 ? 413 : 400).end();
  };
  router.use('/api/messages', unreadable);
  return router;
}

/** The status to refuse with, or null. The activity's channel and address are part of what a token is checked against. */
async function authenticate(
  { tokens, authentication, issuer }: Connection,
  request: Request,
  body: unknown,
): Promise<number | null> {
  if (!tokens) return null;
  const named = body as { channelId?: unknown; serviceUrl?: unknown } | undefined;
  // Without these two the SDK leaves checks out.
  if (named?.channelId !== 'msteams' || typeof named.serviceUrl !== 'string' || named.serviceUrl === '') return 401;
  // Nobody makes us fetch another issuer's keys.
  if (issuerOf(request.headers.authorization) !== issuer) return 401;
  const activity = { channelId: named.channelId, serviceUrl: named.serviceUrl, type: 'message' };
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), TIMEOUT_MS)));
    const checked = authentication.authenticateRequest(activity as never, request.headers.authorization ?? '');
    const outcome = await Promise.race([checked, late]);
    return outcome === 'late' ? 503 : null;
  } catch (error) {
    // Keys that could not be fetched are our trouble: Teams may come again.
    const unreachable =
      error instanceof Error &&
      (error.name === 'FetchError' || (error instanceof AuthenticationError && error.statusCode >= 500));
    return unreachable ? 503 : 401;
  } finally {
    clearTimeout(timer);
  }
}

/** Who a token says it is from; nothing is believed of it here. */
function issuerOf(authorization: string | undefined): string | null {
  try {
    const claims = authorization?.split(' ')[1]?.split('.')[1] ?? '';
    return z.object({ iss: z.string() }).parse(JSON.parse(Buffer.from(claims, 'base64url').toString())).iss;
  } catch {
    return null;
  }
}

/** Without tokens only this machine may come in, and no web page that a browser on it has open. */
const isLocal = (request: Request): boolean =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') &&
  LOOPBACK_HOST.test(request.headers.host ?? '') &&
  request.headers.origin === undefined;
