import { createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketModeReceiver, type App, type Receiver } from '@slack/bolt';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { clientOptions } from './api.ts';
import { boltLogger } from './quiet-logger.ts';

/** The part of Bolt that a receiver hands deliveries to. */
type Dispatch = App['processEvent'];

const WINDOW_S = 5 * 60;
const BODY_LIMIT = '2mb';

/**
 * Slack's deliveries over HTTP at /slack/events of an Express app, which must not have read the body before. What is not
 * signed with the secret, or is older or newer than five minutes, gets 401 and nothing of it is looked at.
 */
export function httpReceiver(
  app: Express,
  { signingSecret, clock, log }: { signingSecret: string; clock: Clock; log: Log },
): Receiver {
  let dispatch: Dispatch | null = null;
  let listening = false;

  const receive = async (request: Request, response: Response) => {
    const raw: unknown = request.body;
    const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
    if (!isSigned(request.headers, body, signingSecret, clock.now())) {
      log.warn({ surface: 'slack', reason: 'signature' }, 'delivery refused');
      response.status(401).end();
      return;
    }
    const content = parseBody(body, request.headers['content-type'] ?? '');
    if (content === null) return void response.status(400).end();
    if (content.type === 'url_verification') return void response.json({ challenge: content.challenge });
    if (content.ssl_check !== undefined) return void response.status(200).end();
    if (!dispatch || !listening) return void response.status(503).end();
    const retryNum = Number(request.headers['x-slack-retry-num']);
    const retryReason = request.headers['x-slack-retry-reason'];
    try {
      await dispatch({
        body: content,
        ...(Number.isInteger(retryNum) ? { retryNum } : {}),
        ...(typeof retryReason === 'string' ? { retryReason } : {}),
        ack: async (answer?: unknown) => {
          if (response.headersSent) return;
          if (answer === undefined || answer === '') response.status(200).end();
          else if (typeof answer === 'string') response.status(200).send(answer);
          else response.status(200).json(answer);
        },
      });
      if (!response.headersSent) response.status(200).end();
    } catch (error) {
      log.error({ error, surface: 'slack' }, 'delivery not taken');
      // Not taken: Slack delivers it again.
      if (!response.headersSent) response.status(500).end();
    }
  };
  app.post(
    '/slack/events',
    express.raw({ type: () => true, limit: BODY_LIMIT }),
    (request, response) => void receive(request, response),
  );
  // Too large or broken off: nothing of it is repeated in the answer.
  app.use('/slack/events', (_: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(413).end();
  });
  return {
    init: (bolt) => void (dispatch = (event) => bolt.processEvent(event)),
    start: async () => void (listening = true),
    stop: async () => void (listening = false),
  };
}

const RECONNECT_MS = 500;
const DISCONNECT_WITHIN_MS = 2_000;
const LONGEST_RECONNECT_MS = 30_000;
const FIRST_CONNECT_MS = 5_000;

/**
 * Slack's deliveries over a web socket that we open: nothing has to reach this machine. A connection that ends, or that
 * cannot be made, is made again for as long as it takes; `start` waits a few seconds for the first.
 */
export function socketReceiver({
  appToken,
  apiUrl,
  log,
}: {
  appToken: string;
  apiUrl: string | undefined;
  log: Log;
}): Receiver {
  const receiver = new SocketModeReceiver({
    appToken,
    logger: boltLogger(log),
    // The client's own way of coming back ends the process when Slack refuses; ours goes on and says so.
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: clientOptions(log, apiUrl) },
    // A delivery that could not be written down is not acknowledged: Slack delivers it again.
    processEventErrorHandler: async () => false,
  });
  const stopped = new AbortController();

  const stayConnected = async (onConnected: () => void) => {
    let failures = 0;
    while (!stopped.signal.aborted) {
      const ended = new Promise<void>((resolve) => receiver.client.once('disconnected', () => resolve()));
      try {
        await receiver.start();
        failures = 0;
        onConnected();
        await ended;
      } catch (error) {
        failures += 1;
        log.warn({ error, surface: 'slack', count: failures }, 'slack is not connected');
      }
      if (!stopped.signal.aborted)
        await sleep(Math.min(LONGEST_RECONNECT_MS, RECONNECT_MS * 2 ** Math.min(failures, 6)), undefined, {
          signal: stopped.signal,
        }).catch(() => {});
    }
  };
  return {
    init: (bolt) => receiver.init(bolt),
    start: () =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, FIRST_CONNECT_MS).unref();
        void stayConnected(resolve);
      }),
    async stop() {
      stopped.abort();
      await Promise.race([receiver.client.disconnect(), sleep(DISCONNECT_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

/** Whether Slack signed this body within five minutes of now, before or after. */
function isSigned(headers: Request['headers'], body: Buffer, secret: string, now: Date): boolean {
  const timestamp = headers['x-slack-request-timestamp'];
  const signature = headers['x-slack-signature'];
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > WINDOW_S) return false;
  const expected = Buffer.from(
    `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** JSON, or the form that commands and buttons come in. Null: neither. */
function parseBody(body: Buffer, contentType: string): Record<string, unknown> | null {
  try {
    if (!contentType.includes('application/x-www-form-urlencoded'))
      return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    return typeof form.payload === 'string' ? (JSON.parse(form.payload) as Record<string, unknown>) : form;
  } catch {
    return null;
  }
}
