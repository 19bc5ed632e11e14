import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Express } from 'express';
import { z } from 'zod';
import type { Context } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { createSlackApi, clientOptions, SlackCallError, type SlackApi } from './api.ts';
import { createRosters } from './audience.ts';
import type { Missing } from './canvas.ts';
import { createDirectory } from './directory.ts';
import { tellNotices } from '../../core/conversation/outbox.ts';
import { throughInbox } from './inbox.ts';
import type { Self } from './incoming.ts';
import { listen } from './listeners.ts';
import { boltLogger } from './quiet-logger.ts';
import { httpReceiver, socketReceiver } from './receivers.ts';
import { tellOfRequest } from './requests.ts';
import { createRunning } from './running.ts';
import type { Slack } from './slack.ts';

const ASK_AGAIN_MS = 15_000;

export type SlackBot = Readonly<{
  /** Waits until no question that came in is being answered. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}>;

/**
 * Starts the Slack bot as the settings say: over HTTP at /slack/events of `app`, or over a web socket. While Slack does
 * not answer its first call it is asked again, and the rest of the program runs. Without SLACK_BOT_TOKEN nothing starts.
 * @throws AppError 'bad_setting' in HTTP mode without an app to listen on.
 */
export async function startSlack(ctx: Context, app?: Express): Promise<SlackBot> {
  const { SLACK_BOT_TOKEN: token, SLACK_MODE: mode, SLACK_API_URL: apiUrl } = ctx.config;
  if (token === undefined) return { idle: async () => {}, stop: async () => {} };
  const api = createSlackApi(new WebClient(token, clientOptions(ctx.log, apiUrl)), ctx.log);
  // Over HTTP the address exists at once, so that Slack's deliveries find it and are taken a moment later.
  const transport = receiverOf(ctx, mode, app);
  const stopped = new AbortController();
  let bot: SlackBot = { idle: async () => {}, stop: async () => {} };

  const start = async () => {
    const self = await whoWeAre(ctx, api, stopped.signal);
    if (self === null) return;
    const directory = createDirectory(api, self);
    const running = createRunning(ctx.live, self.teamId);
    const rosters = createRosters(ctx, api, directory, self);
    const slack: Slack = {
      ctx,
      api,
      self,
      directory,
      rosters,
      running,
      missing: await missingHere(api, apiUrl),
      refusedAt: new Map(),
    };
    const inbox = throughInbox(slack, transport);
    const bolt = new App({
      receiver: inbox.receiver,
      logger: boltLogger(ctx.log),
      clientOptions: clientOptions(ctx.log, apiUrl),
      convoStore: false,
      authorize: async () => ({ botToken: token, botId: self.botId, botUserId: self.userId, teamId: self.teamId }),
    });
    const unlisten = listen(bolt, slack);
    await bolt.start();
    const sweeper = inbox.sweep();
    const notices = tellNotices(ctx, { surface: 'slack', tenantId: self.teamId }, (notice) =>
      tellOfRequest(slack, notice),
    );
    ctx.log.info({ surface: 'slack', reason: mode }, 'slack bot is listening');
    bot = {
      async idle() {
        await sweeper.idle();
        await inbox.idle();
        await notices.idle();
      },
      async stop() {
        await bolt.stop();
        await notices.stop();
        await sweeper.stop();
        unlisten();
        running.close();
      },
    };
  };
  const starting = start().catch((error: unknown) =>
    ctx.log.error({ error, surface: 'slack' }, 'slack bot did not start'),
  );
  // A Slack that does not answer must not hold the rest of the program up.
  await Promise.race([starting, sleep(ASK_AGAIN_MS / 3, undefined, { ref: false })]);
  return {
    idle: () => bot.idle(),
    async stop() {
      stopped.abort();
      await starting;
      await bot.stop();
    },
  };
}

function receiverOf(ctx: Context, mode: 'http' | 'socket', app: Express | undefined) {
  const { SLACK_SIGNING_SECRET: signingSecret, SLACK_APP_TOKEN: appToken, SLACK_API_URL: apiUrl } = ctx.config;
  if (mode === 'socket') {
    if (appToken === undefined) throw new AppError('bad_setting', 'SLACK_APP_TOKEN is required in socket mode');
    return socketReceiver({ appToken, apiUrl, log: ctx.log });
  }
  if (app === undefined || signingSecret === undefined)
    throw new AppError('bad_setting', 'SLACK_MODE=http needs SLACK_SIGNING_SECRET and a part that listens');
  return httpReceiver(app, { signingSecret, clock: ctx.clock, log: ctx.log });
}

/** A Slack that is not slack.com may be one that knows no streams, and then no blocks of today either. */
async function missingHere(api: SlackApi, apiUrl: string | undefined): Promise<Missing> {
  if (apiUrl === undefined) return new Map();
  const code = await api.call('chat.startStream', {}).then(
    () => '',
    (error: unknown) => (error instanceof SlackCallError ? error.code : ''),
  );
  return new Map(
    code === 'unknown_method'
      ? [
          ['streams', Infinity],
          ['status', Infinity],
          ['markdown', Infinity],
        ]
      : [],
  );
}

const authTest = z.object({
  team_id: z.string(),
  team: z.string().default(''),
  user_id: z.string(),
  user: z.string().default('Gatehouse'),
  bot_id: z.string().default(''),
  enterprise_id: z.string().optional(),
});

/** Which workspace the token is for, asked until Slack says; null when it was stopped before. */
async function whoWeAre(ctx: Pick<Context, 'log'>, api: SlackApi, signal: AbortSignal): Promise<Self | null> {
  while (!signal.aborted) {
    try {
      const found = await api.read('auth.test', {}, authTest);
      return {
        teamId: found.team_id,
        teamName: found.team,
        enterpriseId: found.enterprise_id ?? null,
        userId: found.user_id,
        botId: found.bot_id,
        name: found.user,
      };
    } catch (error) {
      ctx.log.warn(
        { surface: 'slack', reason: error instanceof SlackCallError ? error.code : 'auth' },
        'slack does not say who we are',
      );
      await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }
  return null;
}
