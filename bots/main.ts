import type { Express } from 'express';
import type { Context } from '../core/context.ts';
import { startSlack } from './slack/main.ts';
import { startTeams } from './teams/main.ts';

/** Starts the bots that are configured, on this app where they listen. None is configured: nothing starts. */
export async function startBots(ctx: Context, app: Express): Promise<{ stop(): Promise<void> }> {
  const started: { stop(): Promise<void> }[] = [];
  if (ctx.config.SLACK_BOT_TOKEN !== undefined) started.push(await startSlack(ctx, app));
  if (ctx.config.TEAMS_APP_ID !== undefined || ctx.config.TEAMS_MODE === 'emulator')
    started.push(await startTeams(ctx, app));
  return {
    async stop() {
      await Promise.all(started.map((bot) => bot.stop()));
    },
  };
}
