import type { AddressInfo } from 'node:net';
import express from 'express';
import { startSlack } from '../../../bots/slack/main.ts';
import type { Context } from '../../../core/context.ts';
import { newId, type PersonId } from '../../../core/ids.ts';
import type { ChatChoice } from '../../../core/models/registry.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';
import { BOT_TOKEN, SIGNING_SECRET, startFakeSlack, type FakeSlack } from '../../fakes/slack.ts';
import { test as onDatabase, type FreshDatabase } from '../../setup/database.ts';
import { anInstallation, type Installation } from '../knowledge/installation.ts';

export const HANDBOOK =
  '# Remote work\n\nEmployees may work from home on three days a week. The core hours are 10:00 to 15:00.\n';
export const COMPOUNDS =
  '# AVX-117 screening\n\nThe compound AVX-117 inhibits the kinase at 4.2 nanomolar in the home assay, three days after dosing.\n';

/** An answer calls Slack more often than this while it is being written. */
const QUIET_MS = 500;

/** People of the company by their Slack user id. */
export type Company = {
  ctx: Context;
  house: Installation;
  slack: FakeSlack;
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
  sql<Row>(statement: string, ...values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

/**
 * Anna and Arne research; Ben does not. Everyone may read the handbook, research alone the compounds. Nele has no account
 * yet, Gus is a guest, Stan comes from another company, R2 is a bot.
 */
export async function aCompany(database: FreshDatabase): Promise<Company> {
  const house = await anInstallation(database);
  await house.work();
  const model = await startModelServer();
  const slack = await startFakeSlack();
  const { pool } = database;
  let modelOn = false;
  const problems: string[] = [];
  const ctx: Context = {
    ...house.ctx,
    log: {
      ...house.ctx.log,
      error: (fields, event) =>
        void problems.push(`${event}: ${fields.error instanceof Error ? fields.error.stack : JSON.stringify(fields)}`),
    },
    config: {
      ...house.ctx.config,
      SLACK_MODE: 'http',
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_API_URL: slack.url,
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
    await pool.query(
      "INSERT INTO chat_account (id, surface, tenant_id, external_id, person_id, name) VALUES ($1, 'slack', $2, $3, $4, $5)",
      [newId(), slack.team, user, id, name],
    );
    slack.addUser({ id: user, name });
    return { id, user };
  };
  const people = {
    anna: await person('Anna', 'UANNA'),
    arne: await person('Arne', 'UARNE'),
    ben: await person('Ben', 'UBEN'),
  };
  slack.addUser({ id: 'UNELE', name: 'Nele' });
  slack.addUser({ id: 'UGUS', name: 'Gus', is_restricted: true });
  slack.addUser({ id: 'USTAN', name: 'Stan', is_stranger: true, team_id: 'TOTHER' });
  slack.addUser({ id: 'UR2', name: 'R2', is_bot: true });
  slack.addChannel({ id: 'CALL', name: 'general', members: ['UANNA', 'UARNE', 'UBEN', 'UNELE', 'UR2'] });
  slack.addChannel({ id: 'GLAB', name: 'lab', is_private: true, members: ['UANNA', 'UARNE', 'UR2'] });
  slack.addChannel({ id: 'GMIX', name: 'mixed', is_private: true, members: ['UANNA', 'UARNE', 'UBEN'] });
  slack.addChannel({ id: 'GNEW', name: 'with-nele', is_private: true, members: ['UANNA', 'UNELE'] });
  slack.addChannel({ id: 'GGUEST', name: 'with-a-guest', is_private: true, members: ['UANNA', 'UGUS'] });
  slack.addChannel({ id: 'CCON', name: 'with-partners', is_ext_shared: true, members: ['UANNA', 'USTAN'] });

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

  let bot: { stop(): Promise<void> } | null = null;
  let closeServer = async () => {};
  const startBot = async () => {
    const app = express();
    bot = await startSlack(ctx, app);
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    slack.eventsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
    closeServer = () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
  };
  const stopBot = async () => {
    await bot?.stop();
    bot = null;
    await closeServer();
  };
  await startBot();

  const until: Company['until'] = async (look, ms = 10_000) => {
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
    house,
    slack,
    model,
    problems,
    people,
    knowledge,
    useModel: (on) => void (modelOn = on),
    restart: async () => (await stopBot(), startBot()),
    stopBot,
    until,
    async quiet() {
      await until(async () => (await query('SELECT 1 FROM inbox WHERE handled_at IS NULL')).length === 0);
      const from = Date.now();
      await until(() => Date.now() - Math.max(from, slack.calls.at(-1)?.at ?? 0) > QUIET_MS, 20_000);
    },
    sql: query,
    async close() {
      await stopBot();
      await slack.close();
      await model.close();
      await house.close();
    },
  };
}

/** A test with `company`, whose Slack is our strict fake: one for all tests of a file. */
export const test = onDatabase.extend<{ $file: { company: Company } }>({
  company: [
    async ({ database }, use) => {
      const company = await aCompany(database);
      await use(company);
      await company.close();
    },
    { scope: 'file' },
  ],
});
