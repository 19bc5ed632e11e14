import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Config } from '../../core/config.ts';
import type { Context } from '../../core/context.ts';
import { newId, type PersonId } from '../../core/ids.ts';
import type { ChatChoice } from '../../core/models/registry.ts';
import { PrismaClient } from '../../prisma/generated/client.ts';
import { startModelServer, type FakeModelServer } from '../fakes/model-server.ts';
import { anInstallation, type Installation } from '../flow/knowledge/installation.ts';
import type { FreshDatabase } from '../setup/database.ts';

const HANDBOOK =
  '# Remote work\n\nEmployees may work from home on three days a week. The core hours are 10:00 to 15:00.\n';
const COMPOUNDS =
  '# AVX-117 screening\n\nThe compound AVX-117 inhibits the kinase at 4.2 nanomolar in the home assay, three days after dosing.\n';

/** How often `until` looks. */
const LOOK_EVERY_MS = 15;

/** An account of a chat that belongs to a person. */
export type LinkedAccount = { surface: 'slack' | 'teams'; tenantId: string; externalId: string };

/** A company with a chat: everyone may read the handbook, research alone the compounds. */
export type ChatCompany = {
  ctx: Context;
  model: FakeModelServer;
  /** The ids of its knowledge bases. */
  knowledge: Record<'handbook' | 'compounds', string>;
  /** What the log called an error. */
  problems: string[];
  /** Everything that was logged, as text. */
  logged: string[];
  /** Answers by a model server instead of by quoting. */
  useModel(on: boolean): void;
  /** A person with this account, of research or not. */
  addPerson(name: string, account: LinkedAccount, researches: boolean): Promise<PersonId>;
  /** Quotes again instead of asking a model, the model is well and was asked nothing, the settings are those of the beginning. */
  calm(): void;
  until<T>(look: () => T | Promise<T>, ms?: number): Promise<NonNullable<T>>;
  /** Until nothing waits in the inbox any more. */
  inboxHandled(): Promise<void>;
  sql<Row>(statement: string, ...values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

/** The company on this database, with these settings beside the usual ones; nobody is in it yet. */
export async function aChatCompany(database: FreshDatabase, settings: Partial<Config>): Promise<ChatCompany> {
  const house = await anInstallation(database);
  await house.work();
  const model = await startModelServer();
  const { pool } = database;
  let modelOn = false;
  const { log, problems, logged } = aNotingLog();
  const config = { ...house.ctx.config, ...settings };
  const choose = (): ChatChoice =>
    modelOn ? stubChat(model) : { kind: 'extractive', id: 'extractive', label: 'extractive' };
  const db = new PrismaClient({ adapter: new PrismaPg(pool) });
  const ctx: Context = { ...house.ctx, db, log, config: { ...config }, models: { ...house.ctx.models, choose } };

  const research = newId();
  await pool.query("INSERT INTO permission_rule (id, permission, effect) VALUES ($1, 'chat.use', 'allow')", [newId()]);
  await pool.query("INSERT INTO access_group (id, name) VALUES ($1, 'Research')", [research]);
  const handbook = { name: 'Handbook', file: 'Remote-Work.md', text: HANDBOOK, group: null };
  const compounds = { name: 'Compounds', file: 'AVX-117.md', text: COMPOUNDS, group: research };
  const knowledge = {
    handbook: await aReadableFile(house, database, handbook),
    compounds: await aReadableFile(house, database, compounds),
  };

  const until: ChatCompany['until'] = async (look, ms = 30_000) => {
    const end = Date.now() + ms;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (Date.now() > end) throw new Error(`not seen within ${ms} ms`);
      await sleep(LOOK_EVERY_MS);
    }
  };
  const query: ChatCompany['sql'] = async <Row>(statement: string, ...values: unknown[]) =>
    (await pool.query(statement, values)).rows as Row[];
  return {
    ctx,
    model,
    knowledge,
    problems,
    logged,
    useModel: (on) => void (modelOn = on),
    async addPerson(name, { surface, tenantId, externalId }, researches) {
      const id = newId();
      await pool.query("INSERT INTO person (id, name, role) VALUES ($1, $2, 'user')", [id, name]);
      await pool.query(
        'INSERT INTO chat_account (id, surface, tenant_id, external_id, person_id, name) VALUES ($1, $2, $3, $4, $5, $6)',
        [newId(), surface, tenantId, externalId, id, name],
      );
      if (researches) await pool.query('INSERT INTO membership (group_id, person_id) VALUES ($1, $2)', [research, id]);
      return id;
    },
    calm() {
      modelOn = false;
      model.become({ behaviour: 'answer', first: [], pieces: ['Three ', 'days ', 'a week ', '[1].'], pieceMs: 5 });
      model.requests.splice(0);
      Object.assign(ctx.config, config);
    },
    until,
    inboxHandled: async () =>
      void (await until(async () => (await query('SELECT 1 FROM inbox WHERE handled_at IS NULL')).length === 0)),
    sql: query,
    async close() {
      await model.close();
      await db.$disconnect();
      await house.close();
    },
  };
}

function aNotingLog(): Pick<ChatCompany, 'problems' | 'logged'> & Pick<Context, 'log'> {
  const problems: string[] = [];
  const logged: string[] = [];
  const note = (level: string) => (fields: object, event: string) =>
    void logged.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const log: Context['log'] = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: (fields, event) => {
      note('error')(fields, event);
      problems.push(`${event}: ${fields.error instanceof Error ? fields.error.stack : JSON.stringify(fields)}`);
    },
  };
  return { log, problems, logged };
}

const stubChat = ({ url }: FakeModelServer): ChatChoice => ({
  kind: 'server',
  id: 'stub',
  label: 'stub-chat',
  model: {
    server: { id: newId(), name: 'stub', kind: 'ollama', baseUrl: url, apiKey: null },
    name: 'stub-chat',
    contextTokens: 8_000,
  },
});

/** A knowledge base with one file, for a group or for everyone; gives its id. */
async function aReadableFile(
  house: Installation,
  { pool }: FreshDatabase,
  given: { name: string; file: string; text: string; group: string | null },
): Promise<string> {
  const { id, scope } = await house.aKnowledgeBase(given.name);
  await pool.query(
    "INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level) VALUES ($1, 'knowledge_base', $2, $3, $4, 'use')",
    [newId(), id, given.group === null ? 'everyone' : 'group', given.group],
  );
  const document = await house.upload(id, given.file, given.text);
  const { stage } = await house.settled(scope, document.id);
  if (stage !== 'ready') throw new Error(`the document is ${stage}`);
  return id;
}
