import { randomBytes } from 'node:crypto';
import { startSlack } from '../bots/slack/main.ts';
import { readConfig } from '../core/config.ts';
import { createContext } from '../core/context.ts';
import { chatWords } from '../core/conversation/words.ts';
import { AppError } from '../core/errors.ts';
import { createLog } from '../core/log.ts';
import { openDatabase } from '../core/storage/database.ts';
import { startLocalSlack } from './demo/local-slack.ts';
import { BOT_USER_ID, demoPeople, TEAM_ID, type DemoPeople } from './demo/slack-people.ts';
import { portOf } from './demo/port.ts';
import { startBeside } from './demo/start-beside.ts';
import { stopSignal } from './demo/stop-signal.ts';
import { command } from './command.ts';
import { say } from './terminal/lines.ts';

const secret = (prefix: string): string => `${prefix}-${randomBytes(16).toString('hex')}`;

/**
 * A local Slack with the sample company, and the bot on it, beside a running `npm start` or one that it starts. Whoever can
 * reach its page can be anyone in it: so only on the sample's database.
 */
await command(async () => {
  const given = readConfig();
  if (!given.SAMPLE)
    throw new AppError(
      'bad_setting',
      'In the local Slack everyone can be anyone, so the demo runs on the sample only: unset DATABASE_URL, or set SAMPLE=1',
    );
  const port = portOf('DEMO_SLACK_PORT', 3900);
  const stopped = stopSignal();
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const beside = await startBeside(given);
    closing.push(() => beside.stop());
    const log = createLog(process.env['LOG_LEVEL'] ?? 'warn');
    const database = await openDatabase(given, { log });
    closing.push(() => database.close());
    const tokens = { botToken: secret('xoxb-demo'), appToken: secret('xapp-demo'), signingSecret: secret('demo') };
    const config = {
      ...given,
      SLACK_MODE: 'socket' as const,
      SLACK_BOT_TOKEN: tokens.botToken,
      SLACK_APP_TOKEN: tokens.appToken,
      SLACK_API_URL: `http://localhost:${port}/api/`,
    };
    const ctx = await createContext(config, database.connection, { log });
    closing.push(() => ctx.close());
    const people = await demoPeople(ctx);
    const slack = await startLocalSlack(
      {
        ...tokens,
        ...people,
        teamId: TEAM_ID,
        name: 'Arvendale (demo)',
        domain: 'arvendale',
        botUserId: BOT_USER_ID,
        botName: 'gatehouse',
      },
      port,
    );
    closing.push(() => slack.stop());
    const bot = await startSlack(ctx);
    closing.push(() => bot.stop());
    await slack.greet(chatWords('en').help('gatehouse'));
    introduce(slack.url, port, people);
    await Promise.race([stopped, slack.ended]);
    say('\nStopping');
  } finally {
    for (const close of closing.toReversed()) await close();
  }
});

function introduce(url: string, port: number, people: DemoPeople): void {
  say(`\nThe local Slack is at ${url} (anyone who reaches port ${port} of this machine can use it)\n`);
  say(
    '  Choose at the top right whom to act as. The direct message of that name is their chat with gatehouse; answers come in threads:\n',
  );
  if (people.linked > 0) {
    say('  as Lucia Romano    in their direct message    How many days a week may I work from home?');
    say('  as Mei-Ling Zhou   in #discovery-lab          @gatehouse For how long are the Caco-2 cells cultured?');
    say(
      '  as Mei-Ling Zhou   in #discovery-meets-cmc    the same: Manufacturing may not read that, so it comes to her alone',
    );
  }
  if (people.unlinked)
    say(
      `  as ${people.unlinked.realName.padEnd(15)} in their direct message    anything: a link to sign in comes, and the six digits go back there`,
    );
  say('\n  Ctrl-C ends it.');
}
