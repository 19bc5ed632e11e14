import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect } from 'vitest';
import { startTeams, type TeamsBot } from '../../../bots/teams/main.ts';
import { newId, type PersonId } from '../../../core/ids.ts';
import { aChatCompany, type ChatCompany } from '../../factories/chat-company.ts';
import { startFakeTeams, type FakeTeams } from '../../fakes/teams/teams.ts';
import { APP_ID, TENANT, type TeamsChat, type TeamsUser } from '../../fakes/teams/tenant.ts';
import { OUR_TOKEN } from '../../fakes/teams/tokens.ts';
import { test as onDatabase, type FreshDatabase } from '../../setup/database.ts';

const PASSWORD = 'a-password-of-the-bot';

/** Words of questions, answers and tokens: none may stand in a line of the log. */
const SECRETS = ['kinase', 'work from home', 'nanomolar', OUR_TOKEN, 'eyJ', PASSWORD, '/link/'];

/** Somebody of Teams. `chat`: their personal chat with the bot. */
export type Newcomer = Readonly<{ user: string; name: string; chat: string }>;
export type Colleague = Newcomer & Readonly<{ id: PersonId }>;

export type Company = ChatCompany & {
  teams: FakeTeams;
  /** Somebody with an account here who may read what everyone may. */
  colleague(name?: string): Promise<Colleague>;
  /** The same, of research: may read the compounds too. */
  researcher(name?: string): Promise<Colleague>;
  /** Somebody without an account here; the fields make them a guest, a stranger or nobody that Entra knows. */
  newcomer(fields?: Partial<TeamsUser>): Newcomer;
  /** A group chat of these people and the bot, or a channel where the fields say so. */
  room(members: readonly Newcomer[], fields?: Partial<Omit<TeamsChat, 'id' | 'members'>>): string;
  /** Starts the bot again, as after a crash. */
  restart(): Promise<void>;
  stopBot(): Promise<void>;
  /** Until nothing is being answered any more. */
  quiet(): Promise<void>;
};

/** A company whose Teams is our strict fake, with the bot in it and nobody else. */
export async function aCompany(database: FreshDatabase): Promise<Company> {
  const teams = await startFakeTeams();
  const company = await aChatCompany(database, {
    TEAMS_MODE: 'cloud',
    TEAMS_APP_ID: APP_ID,
    TEAMS_APP_PASSWORD: PASSWORD,
    TEAMS_TENANT_ID: TENANT,
  });

  let bot: TeamsBot | null = null;
  let closeServer = async () => {};
  const startBot = async () => {
    const app = express();
    bot = await startTeams(company.ctx, app, teams.cloud);
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    teams.botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;
    closeServer = () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
  };
  const stopBot = async () => {
    await bot?.stop();
    bot = null;
    await closeServer();
  };
  await startBot();

  const newcomer: Company['newcomer'] = (fields = {}) => {
    const user = `29:${newId()}`;
    const name = fields.name ?? `Person ${user.slice(-4)}`;
    teams.addUser({ ...fields, id: user, name });
    return { user, name, chat: teams.personalOf(user) };
  };
  const person = async (name: string | undefined, researches: boolean): Promise<Colleague> => {
    const somebody = newcomer(name === undefined ? {} : { name });
    const account = {
      surface: 'teams',
      tenantId: TENANT,
      externalId: teams.users.get(somebody.user)!.objectId!,
    } as const;
    return { ...somebody, id: await company.addPerson(somebody.name, account, researches) };
  };
  return {
    ...company,
    teams,
    newcomer,
    colleague: (name) => person(name, false),
    researcher: (name) => person(name, true),
    room(members, fields = {}) {
      const id = `19:${newId()}@thread.${fields.kind === 'channel' ? 'tacv2' : 'v2'}`;
      teams.addChat({ kind: 'groupChat', ...fields, id, members: members.map(({ user }) => user) });
      return id;
    },
    calm() {
      company.calm();
      teams.untrouble();
      teams.streamLifeMs = 120_000;
    },
    restart: async () => (await stopBot(), startBot()),
    stopBot,
    async quiet() {
      await company.inboxHandled();
      await bot?.idle();
    },
    async close() {
      await stopBot();
      await teams.close();
      await company.close();
    },
  };
}

/**
 * A test with `company`, whose Teams is our strict fake: one for all tests of a file, each of which begins calmly and makes the
 * people and rooms it needs.
 */
export const test = onDatabase.extend<{ $file: { company: Company }; $test: { calm: void } }>({
  company: [
    async ({ database }, use) => {
      const company = await aCompany(database);
      await use(company);
      await company.close();
      // Whatever the tests of this file looked at.
      expect(company.problems).toEqual([]);
      expect(company.teams.violations).toEqual([]);
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
