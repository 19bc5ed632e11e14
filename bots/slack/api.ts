import { setTimeout as sleep } from 'node:timers/promises';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import type { z } from 'zod';
import type { Log } from '../../core/log.ts';
import { createPace } from './pace.ts';
import { boltLogger } from './quiet-logger.ts';

/** A call that Slack refused, or that never got through. `code`: Slack's own word, or `rate_limited`, `http_500`, `no_answer`. */
export class SlackCallError extends Error {
  readonly method: string;
  readonly code: string;
  constructor(method: string, code: string, cause?: unknown) {
    super(`${method}: ${code}`, { cause });
    this.name = 'SlackCallError';
    this.method = method;
    this.code = code;
  }
}

export type SlackApi = Readonly<{
  /**
   * Calls a method in its turn; repeats what Slack asks to repeat or what surely did not happen.
   * @throws SlackCallError
   */
  call(method: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The same, its answer checked. */
  read<Schema extends z.ZodType>(
    method: string,
    args: Record<string, unknown>,
    schema: Schema,
  ): Promise<z.infer<Schema>>;
  /** The same if there is room for it now; null otherwise. */
  callIfRoom(method: string, args: Record<string, unknown>): Promise<Record<string, unknown> | null>;
  client: WebClient;
}>;

const TIMEOUT_MS = 15_000;
const TRIES = 7;
/** Slack asks for up to a minute; who waits longer has left. */
const LONGEST_WAIT_MS = 65_000;

/** What the SDK is told: its own defaults wait for ever, repeat for half an hour and stop every call for one limited method. */
export const clientOptions = (log: Log, slackApiUrl: string | undefined): WebClientOptions => ({
  timeout: TIMEOUT_MS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
  logger: boltLogger(log),
  ...(slackApiUrl === undefined ? {} : { slackApiUrl: slackApiUrl.endsWith('/') ? slackApiUrl : `${slackApiUrl}/` }),
});

/** `backoffMs`: the first wait after a failure, doubled each time; for tests. */
export function createSlackApi(
  client: WebClient,
  log: Log,
  { backoffMs = 500 }: { backoffMs?: number } = {},
): SlackApi {
  const pace = createPace();

  const attempt = async (
    method: string,
    args: Record<string, unknown>,
    tries: number,
  ): Promise<Record<string, unknown>> => {
    const channel = typeof args.channel === 'string' ? args.channel : undefined;
    try {
      return (await client.apiCall(method, args)) as unknown as Record<string, unknown>;
    } catch (error) {
      const { code, waitMs } = judge(method, error, backoffMs * 2 ** (TRIES - tries));
      if (waitMs === null || waitMs > LONGEST_WAIT_MS || tries <= 1) throw new SlackCallError(method, code, error);
      log.debug({ method, code, durationMs: waitMs }, 'slack call is repeated');
      if (code === 'rate_limited') pace.hold(method, channel, waitMs);
      else await sleep(waitMs);
      await pace.turn(method, channel);
      return attempt(method, args, tries - 1);
    }
  };

  const call: SlackApi['call'] = async (method, args) => {
    await pace.turn(method, typeof args.channel === 'string' ? args.channel : undefined);
    return attempt(method, args, TRIES);
  };
  return {
    client,
    call,
    async read(method, args, schema) {
      const parsed = schema.safeParse(await call(method, args));
      if (!parsed.success) throw new SlackCallError(method, 'unreadable_answer');
      return parsed.data;
    },
    async callIfRoom(method, args) {
      if (!pace.tryTurn(method, typeof args.channel === 'string' ? args.channel : undefined)) return null;
      return attempt(method, args, 1);
    },
  };
}

/** Methods that say something: repeated only when Slack surely did not take them the first time. */
const SAYS_SOMETHING = /^chat\.(postMessage|postEphemeral|startStream|appendStream)$/;
const NEVER_ARRIVED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
const FOR_LATER = new Set([
  'service_unavailable',
  'internal_error',
  'fatal_error',
  'request_timeout',
  'ratelimited',
  'rate_limited',
]);

function judge(method: string, error: unknown, backoff: number): { code: string; waitMs: number | null } {
  const later = backoff * (0.75 + Math.random() / 2);
  if (error instanceof WebAPIRateLimitedError) return { code: 'rate_limited', waitMs: error.retryAfter * 1_000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    return { code, waitMs: FOR_LATER.has(code) ? later : null };
  }
  if (error instanceof WebAPIHTTPError)
    return { code: `http_${error.statusCode}`, waitMs: error.statusCode >= 500 ? later : null };
  const neverArrived = NEVER_ARRIVED.has(deepestCode(error));
  const repeatable = neverArrived || !SAYS_SOMETHING.test(method);
  return { code: neverArrived ? 'unreachable' : 'no_answer', waitMs: repeatable ? later : null };
}

function deepestCode(error: unknown): string {
  let code = '';
  let at: unknown = error;
  for (let depth = 0; depth < 6 && typeof at === 'object' && at !== null; depth++) {
    const {
      code: own,
      original,
      cause,
      errors,
    } = at as { code?: unknown; original?: unknown; cause?: unknown; errors?: unknown };
    if (typeof own === 'string') code = own;
    at = original ?? cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return code;
}
