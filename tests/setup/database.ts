import { once } from 'node:events';
import net from 'node:net';
import pg from 'pg';
import type { Pool, PoolConfig } from 'pg';
import { test as base, inject } from 'vitest';
import { silentLog } from '../../core/log.ts';
import { createPool } from '../../core/storage/pool.ts';
import type { TestDatabases } from './global.ts';
import { urlOf } from './global.ts';
import './transactions.ts';

const POOL = 6;

export type FreshDatabase = Readonly<{
  pool: Pool;
  /** For another pool on the same database. */
  connection: PoolConfig;
  /** The same as a DATABASE_URL. */
  url: string;
  close(): Promise<void>;
}>;

/**
 * A migrated, empty database of one's own, gone with `close`: the embedded one behind its gate, or one on DATABASE_URL's server.
 * `close` throws where a transaction kept everybody else waiting until it was rolled back.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const databases = inject('databases');
  const place = databases.kind === 'embedded' ? await embedded(databases) : await onServer(databases);
  const pool = createPool({ ...place.connection, max: POOL }, silentLog);
  return {
    ...place,
    pool,
    async close() {
      if (!pool.ended) await pool.end();
      await place.close();
    },
  };
}

type Place = Omit<FreshDatabase, 'pool'>;

async function embedded({ controls }: Extract<TestDatabases, { kind: 'embedded' }>): Promise<Place> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1);
  const control = net.connect(controls[worker % controls.length]!);
  const [folder] = (await once(control.setEncoding('utf8'), 'data')) as [string];
  const host = folder.trim();
  let evicted = 0;
  control.on('data', () => (evicted += 1));
  return {
    connection: { host, port: 5432, user: 'postgres', database: 'postgres' },
    url: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(host)}`,
    async close() {
      control.destroy();
      if (evicted > 0)
        throw new Error(
          `${evicted} transactions were open without a word until the gate rolled them back: what did they wait for?`,
        );
    },
  };
}

let made = 0;

async function onServer({ url, template }: Extract<TestDatabases, { kind: 'server' }>): Promise<Place> {
  const name = `${template}_${process.pid}_${(made += 1)}`;
  await asAdmin(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const mine = urlOf(url, name);
  return {
    connection: { connectionString: mine },
    url: mine,
    close: () => asAdmin(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

/** A test with `database`, and `db`, its pool: one for all tests of a file, which make what they need and nothing else. */
export const test = base.extend<{ $file: { database: FreshDatabase; db: Pool } }>({
  database: [
    // oxlint-disable-next-line no-empty-pattern -- the first argument must be destructured, even where nothing is taken
    async ({}, use) => {
      const database = await freshDatabase();
      await use(database);
      await database.close();
    },
    { scope: 'file' },
  ],
  db: [async ({ database }, use) => use(database.pool), { scope: 'file' }],
});
