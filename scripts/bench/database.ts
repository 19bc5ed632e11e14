import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Pool } from 'pg';
import { silentLog } from '../../core/log.ts';
import { SEARCH_SESSION } from '../../core/storage/session.ts';
import { migrate } from '../../core/storage/migrate.ts';
import { createPool } from '../../core/storage/pool.ts';
import { startServices } from '../services.ts';

export type BenchDatabase = Readonly<{ pool: Pool; url: string; close(): Promise<void> }>;

/** A migrated database of its own, on the server of DATABASE_URL or on one that is started for it, gone with `close`. */
export async function benchDatabase(connections: number): Promise<BenchDatabase> {
  const given = process.env['DATABASE_URL'];
  const services = given ? null : await startServices();
  const server = given ?? services?.databaseUrl ?? '';
  const name = `gatehouse_bench_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = createPool({ connectionString: url.toString(), options: SEARCH_SESSION, max: connections }, silentLog);
  await migrate(pool, silentLog);
  return {
    pool,
    url: url.toString(),
    async close() {
      if (!pool.ended) await pool.end();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
      await services?.stop();
    },
  };
}
