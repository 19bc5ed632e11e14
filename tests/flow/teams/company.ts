import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect } from 'vitest';
import { startTeams, type TeamsBot } from '../../../bots/teams/main.ts';
import type { Context } from '../../../core/context.ts';
import { newId, type PersonId } from '../../../core/ids.ts';
import type { ChatChoice } from '../../../core/models/registry.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { APP_ID, OTHER_TENANT, startFakeTeams, TENANT, type FakeTeams } from '../../fakes/teams.ts';
import { test as onDatabase, type FreshDatabase } from '../../setup/database.ts';
import { anInstallation } from '../knowledge/installation.ts';

const HANDBOOK =
  '# Remote work\n\nEmployees may work from home on three days a week. The core hours are 10:00 to 15:00.\n';
const COMPOUNDS =
  '# AVX-117 screening\n\nThe compound AVX-117 inhibits the kinase at 4.2 nanomolar in the home assay, three days after dosing.\n';

/** Words of questions, answers and tokens: none may stand in a line of the log. */
const SECRETS = [
  'kinase',
  'work from home',
  'nanomolar',
  'the-bots-own-token',
  'eyJ',
  'a-password-of-the-bot',
  '/link/',
];

export type Company = {
  ctx: Context;
  teams: FakeTeams;
  model: FakeModelServer;
  people: Record<'anna' | 'arne' | 'ben', { id: PersonId; user: string }>;
  knowledge: Record<'handbook' | 'compounds', string>;
  /** Answers by a model server instead of by quoting. */
  useModel(on: boolean): void;
  /** Starts the bot again, as after a crash. */
  restart(): Promise<void>;
  stopBot(): Promise<void>;
  until<T>(look: () => T | Promise<T>, ms?: number): Promise<NonNullable<T>>;
  /** Until nothing is being answered any more. */
  quiet(): Promise<void>;
  /** What the log called an error. */
  problems: string[];
  /** Everything that was logged, as text. */
  logged: string[];
  sql<Row>(statement: string, ...values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

/**
 * Anna and Arne research; Ben does not. Everyone may read the handbook, research alone the compounds. Nele has no account
 * yet, Gus is a guest, Stan comes from another tenant, nobody knows who Una is.
 */
export async function aCompany(database: FreshDatabase): Promise<Company> {
  const house = await anInstallation(database);
  await house.work();
  const model = await startModelServer();
  const teams = await startFakeTeams();
  const { pool } = database;
  let modelOn = false;
  const problems: string[] = [];
  const logged: string[] = [];
  const note = (level: string) => (fields: object, event: string) =>
    void logged.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const ctx: Context = {
    ...house.ctx,
    log: {
      debug: note('debug'),
      info: note('info'),
      warn: note('warn'),
      error: (fields, event) => {
        note('error')(fields, event);
        problems.push(`${event}: ${fields.error instanceof Error ? fields.error.stack : JSON.stringify(fields)}`);
      },
    },
    config: {
      ...house.ctx.config,
      TEAMS_MODE: 'cloud',
      TEAMS_APP_ID: APP_ID,
      TEAMS_APP_PASSWORD: 'a-password-of-the-bot',
      TEAMS_TENANT_ID: TENANT,
    },
    models: {
      ...house.ctx.models,
      choose: (): ChatChoice =>
        modelOn
          ? {
              kind: 'server',
              id: 'stub',
              label: 'stub-chat',
              model: {
                server: { id: newId(), name: 'stub', kind: 'ollama', baseUrl: model.url, apiKey: null },
                name: 'stub-chat',
                contextTokens: 8_000,
              },
            }
          : { kind: 'extractive', id: 'extractive', label: 'extractive' },
    },
  };

  const person = async (name: string, user: string) => {
    const id = newId();
    await pool.query("INSERT INTO person (id, name, role) VALUES ($1, $2, 'user')", [id, name]);
    teams.addUser({ id: user, name });
    await pool.query(
      "INSERT INTO chat_account (id, surface, tenant_id, external_id, person_id, name) VALUES ($1, 'teams', $2, $3, $4, $5)",
      [newId(), TENANT, teams.users.get(user)!.objectId, id, name],
    );
    return { id, user };
  };
  const people = {
    anna: await person('Anna', '29:anna'),
    arne: await person('Arne', '29:arne'),
    ben: await person('Ben', '29:ben'),
  };
  teams.addUser({ id: '29:nele', name: 'Nele' });
  teams.addUser({
    id: '29:gus',
    name: 'Gus',
    signInName: 'gus_partner.test#EXT#@acme.onmicrosoft.com',
    userRole: 'guest',
  });
  teams.addUser({ id: '29:stan', name: 'Stan', tenantId: OTHER_TENANT });
  teams.addUser({ id: '29:una', name: 'Una', objectId: '' });
  teams.addChat({ id: '19:lab@thread.v2', kind: 'groupChat', name: 'Lab', members: ['29:anna', '29:arne'] });
  teams.addChat({ id: '19:mix@thread.v2', kind: 'groupChat', members: ['29:anna', '29:arne', '29:ben'] });
  teams.addChat({ id: '19:new@thread.v2', kind: 'groupChat', members: ['29:anna', '29:nele'] });
  teams.addChat({ id: '19:guest@thread.v2', kind: 'groupChat', members: ['29:anna', '29:arne', '29:gus'] });
  teams.addChat({ id: '19:partners@thread.v2', kind: 'groupChat', members: ['29:anna', '29:stan'] });
  teams.addChat({ id: '19:meeting@thread.v2', kind: 'groupChat', members: ['29:anna', '29:una'] });
  teams.addChat({
    id: '19:private@thread.tacv2',
    kind: 'channel',
    name: 'Secret compounds',
    members: ['29:anna', '29:arne'],
    team: ['29:anna', '29:arne', '29:ben', '29:gus'],
  });
  teams.addChat({
    id: '19:all@thread.tacv2',
    kind: 'channel',
    name: 'General',
    members: ['29:anna', '29:ben', '29:arne', '29:nele'],
  });

  await pool.query("INSERT INTO permission_rule (id, permission, effect) VALUES ($1, 'chat.use', 'allow')", [newId()]);
  const group = newId();
  await pool.query("INSERT INTO access_group (id, name) VALUES ($1, 'Research')", [group]);
  for (const { id } of [people.anna, people.arne])
    await pool.query('INSERT INTO membership (group_id, person_id) VALUES ($1, $2)', [group, id]);
  const knowledgeBase = async (name: string, file: string, text: string, toKind: string, toId: string | null) => {
    const made = await house.aKnowledgeBase(name);
    await pool.query(
      "INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level) VALUES ($1, 'knowledge_base', $2, $3, $4, 'use')",
      [newId(), made.id, toKind, toId],
    );
    const document = await house.upload(made.id, file, text);
    const status = await house.settled(made.scope, document.id);
    if (status.stage !== 'ready') throw new Error(`the document is ${status.stage}`);
    return made.id;
  };
  const knowledge = {
    handbook: await knowledgeBase('Handbook', 'Remote-Work.md', HANDBOOK, 'everyone', null),
    compounds: await knowledgeBase('Compounds', 'AVX-117.md', COMPOUNDS, 'group', group),
  };

  let bot: TeamsBot | null = null;
  let closeServer = async () => {};
  const startBot = async () => {
    const app = express();
    bot = await startTeams(ctx, app, teams.cloud);
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    teams.botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;
    closeServer = () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
  };
  const stopBot = async () => {
    await bot?.stop();
    bot = null;
    await closeServer();
  };
  await startBot();

  const until: Company['until'] = async (look, ms = 15_000) => {
    const end = Date.now() + ms;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (Date.now() > end) throw new Error(`not seen within ${ms} ms`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const query: Company['sql'] = async <Row>(statement: string, ...values: unknown[]) =>
    (await pool.query(statement, values)).rows as Row[];
  return {
    ctx,
    teams,
    model,
    problems,
    logged,
    people,
    knowledge,
    useModel: (on) => void (modelOn = on),
    restart: async () => (await stopBot(), startBot()),
    stopBot,
    until,
    async quiet() {
      await until(async () => (await query('SELECT 1 FROM inbox WHERE handled_at IS NULL')).length === 0, 30_000);
      await bot?.idle();
    },
    sql: query,
    async close() {
      await stopBot();
      await teams.close();
      await model.close();
      await house.close();
    },
  };
}

/** A test with `company`, whose Teams is our strict fake: one for all tests of a file. */
export const test = onDatabase.extend<{ $file: { company: Company } }>({
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
});
