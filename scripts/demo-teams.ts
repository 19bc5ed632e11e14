import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import express, { type Express } from 'express';
import { startTeams } from '../bots/teams/main.ts';
import { readConfig } from '../core/config.ts';
import { createContext } from '../core/context.ts';
import { AppError } from '../core/errors.ts';
import { createLog } from '../core/log.ts';
import { openDatabase } from '../core/storage/database.ts';
import { command } from './command.ts';
import { BOT_NAME, startPlayground } from './demo/playground.ts';
import { portOf } from './demo/port.ts';
import { startBeside } from './demo/start-beside.ts';
import { stopSignal } from './demo/stop-signal.ts';
import { DEMO_TENANT, demoPeople, type DemoPeople } from './demo/teams-people.ts';
import { say } from './terminal/lines.ts';

/**
 * The agents playground with the sample company, and the bot on it, beside a running `npm start` or one that it starts. The
 * bot believes whatever comes from this machine: so only on the sample's database. `--as EMAIL`: whom the page acts as.
 */
await command(async () => {
  const { values } = parseArgs({ options: { as: { type: 'string' } } });
  const given = readConfig();
  if (!given.SAMPLE)
    throw new AppError(
      'bad_setting',
      'In the playground everyone can be anyone, so the demo runs on the sample only: unset DATABASE_URL, or set SAMPLE=1',
    );
  const port = portOf('DEMO_TEAMS_PORT', 56_150);
  const stopped = stopSignal();
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const beside = await startBeside(given);
    closing.push(() => beside.stop());
    const log = createLog(process.env['LOG_LEVEL'] ?? 'error');
    const database = await openDatabase(given, { log });
    closing.push(() => database.close());
    const config = {
      ...given,
      TEAMS_MODE: 'emulator' as const,
      TEAMS_TENANT_ID: DEMO_TENANT,
      TEAMS_ALLOWED_TENANTS: [DEMO_TENANT],
    };
    const ctx = await createContext(config, database.connection, { log });
    closing.push(() => ctx.close());
    const people = await demoPeople(ctx, values.as);
    const app = express();
    const bot = await startTeams(ctx, app);
    closing.push(() => bot.stop());
    const server = await listen(app);
    closing.push(() => server.close());
    const playground = await startPlayground({ ...people, tenantId: DEMO_TENANT, port, botUrl: server.botUrl });
    closing.push(() => playground.stop());
    introduce(playground.url, port, people);
    await Promise.race([stopped, playground.ended]);
    say('\nStopping');
  } finally {
    for (const close of closing.toReversed()) await close();
  }
});

function introduce(url: string, port: number, { current, linked, unlinked }: DemoPeople): void {
  say(`\nThe playground is at ${url} (anyone who reaches port ${port} of this machine can use it)\n`);
  say(`  You are ${current.name} there. Type:\n`);
  if (linked) {
    say(`  in the personal chat   How many days a week may I work from home?`);
    say(`  in the group chat      @${BOT_NAME} the same: everyone there may read that`);
    if (current.email.startsWith('meiling'))
      say(
        `  in the group chat      @${BOT_NAME} For how long are the Caco-2 cells cultured?\n` +
          '                         not everyone there may read that, so it comes to the personal chat',
      );
    say(`\n  To link an account by hand: npm run demo:teams -- --as ${unlinked}`);
  } else
    say(
      '  in the personal chat   anything: a link to sign in comes; sign in as that person, and send the six digits to the bot',
    );
  say('\n  Ctrl-C ends it.');
}

/** On loopback only: what comes in is believed. */
async function listen(app: Express): Promise<{ botUrl: string; close(): Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    botUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
