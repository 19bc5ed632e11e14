import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect } from 'vitest';
import { startSlack, type SlackBot } from '../../../bots/slack/main.ts';
import { newId, type PersonId } from '../../../core/ids.ts';
import { aChatCompany, type ChatCompany } from '../../factories/chat-company.ts';
import { startFakeSlack, type FakeSlack } from '../../fakes/slack/slack.ts';
import { BOT_TOKEN, SIGNING_SECRET, type SlackChannel, type SlackUser } from '../../fakes/slack/workspace.ts';
import { test as onDatabase, type FreshDatabase } from '../../setup/database.ts';

/** Words of questions, answers and tokens: none may stand in a line of the log. */
const SECRETS = ['kinase', 'work from home', 'nanomolar', BOT_TOKEN, SIGNING_SECRET, '/link/'];

/** Somebody of the workspace. `direct`: their direct chat with the bot. */
export type Newcomer = Readonly<{ user: string; name: string; direct: string }>;
export type Colleague = Newcomer & Readonly<{ id: PersonId }>;

export type Company = ChatCompany & {
  slack: FakeSlack;
  /** Somebody with an account here who may read what everyone may. */
  colleague(name?: string): Promise<Colleague>;
  /** The same, of research: may read the compounds too. */
  researcher(name?: string): Promise<Colleague>;
  /** Somebody without an account here; the flags make them a guest, a stranger or a bot. */
  newcomer(flags?: Partial<SlackUser>): Newcomer;
  /** A channel of these people and the bot, private unless the flags say otherwise. */
  room(members: readonly Newcomer[], flags?: Partial<SlackChannel>): string;
  /** Starts the bot again, as after a crash. */
  restart(): Promise<void>;
  stopBot(): Promise<void>;
  /** Until no question is being answered any more. */
  quiet(): Promise<void>;
};

const unique = () => newId().slice(-10).toUpperCase();

/** A company whose Slack is our strict fake, with the bot in it and nobody else. */
export async function aCompany(database: FreshDatabase): Promise<Company> {
  const slack = await startFakeSlack();
  const company = await aChatCompany(database, {
    SLACK_MODE: 'http',
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: slack.url,
  });

  let bot: SlackBot | null = null;
  let closeServer = async () => {};
  const startBot = async () => {
    const app = express();
    bot = await startSlack(company.ctx, app);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    slack.eventsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
    closeServer = () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
  };
  const stopBot = async () => {
    await bot?.stop();
    bot = null;
    await closeServer();
  };
  await startBot();

  const newcomer: Company['newcomer'] = (flags = {}) => {
    const user = `U${unique()}`;
    const name = flags.name ?? `Person ${user.slice(-4)}`;
    slack.addUser({ ...flags, id: user, name });
    return { user, name, direct: `D${user}` };
  };
  const person = async (name: string | undefined, researches: boolean): Promise<Colleague> => {
    const somebody = newcomer(name === undefined ? {} : { name });
    const account = { surface: 'slack', tenantId: slack.team, externalId: somebody.user } as const;
    return { ...somebody, id: await company.addPerson(somebody.name, account, researches) };
  };
  return {
    ...company,
    slack,
    newcomer,
    colleague: (name) => person(name, false),
    researcher: (name) => person(name, true),
    room(members, flags = {}) {
      const id = `${flags.is_private === false ? 'C' : 'G'}${unique()}`;
      slack.addChannel({ name: id.toLowerCase(), is_private: true, ...flags, id, members: members.map((m) => m.user) });
      return id;
    },
    calm() {
      company.calm();
      slack.untrouble();
      Object.assign(slack, { streams: true, stopStreams: false });
    },
    restart: async () => (await stopBot(), startBot()),
    stopBot,
    async quiet() {
      await company.inboxHandled();
      await bot?.idle();
    },
    async close() {
      await stopBot();
      await slack.close();
      await company.close();
    },
  };
}

/**
 * A test with `company`, whose Slack is our strict fake: one for all tests of a file, each of which begins calmly and makes the
 * people and rooms it needs.
 */
export const test = onDatabase.extend<{ $file: { company: Company }; $test: { calm: void } }>({
  company: [
    async ({ database }, use) => {
      const company = await aCompany(database);
      await use(company);
      await company.quiet();
      await company.close();
      // Whatever the tests of this file looked at.
      expect(company.problems).toEqual([]);
      expect(company.slack.violations).toEqual([]);
      expect([...company.slack.statuses]).toEqual([]);
      expect(company.slack.messages.filter((m) => m.stream?.state === 'streaming')).toEqual([]);
      for (const secret of SECRETS) expect(company.logged.join('\n')).not.toContain(secret);
    },
    { scope: 'file' },
  ],
  calm: [
    async ({ company }, use) => {
      await company.quiet();
      company.calm();
      await use();
    },
    { auto: true },
  ],
});
