import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { silentLog } from '../../core/log.ts';
import { migrate } from '../../core/storage/migrate.ts';
import { checkDatabase, createPool } from '../../core/storage/pool.ts';
import { migratedSnapshot } from './snapshot.ts';

/** Where the tests' databases come from. */
export type TestDatabases =
  | { kind: 'embedded'; controls: string[] }
  | { kind: 'server'; url: string; template: string };

declare module 'vitest' {
  export interface ProvidedContext {
    databases: TestDatabases;
  }
}

/** One migrated database a run, that each test file takes a copy of: on the embedded database, or on that of DATABASE_URL. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['DATABASE_URL'];
  const { databases, end } = url ? await onServer(url) : await onEmbedded(project.config.maxWorkers);
  project.provide('databases', databases);
  return end;
}

async function onEmbedded(workers: number): Promise<{ databases: TestDatabases; end(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-test-'));
  const snapshot = await migratedSnapshot();
  const hosts = await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const mine = path.join(folder, String(index));
      await mkdir(mine);
      const host = fork(path.join(import.meta.dirname, 'embedded-host.ts'), [mine, snapshot], {
        execArgv: ['--disable-warning=ExperimentalWarning'],
      });
      await once(host, 'message');
      return { host, control: path.join(mine, 'control') };
    }),
  );
  return {
    databases: { kind: 'embedded', controls: hosts.map(({ control }) => control) },
    async end() {
      const exits = hosts.map(({ host }) => once(host, 'exit'));
      for (const { host } of hosts) host.disconnect();
      await Promise.all(exits);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onServer(url: string): Promise<{ databases: TestDatabases; end(): Promise<void> }> {
  const template = `gatehouse_test_${process.pid}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template}`);
  const pool = createPool({ connectionString: urlOf(url, template), max: 1 }, silentLog);
  const versions = await checkDatabase(pool, silentLog);
  await migrate(pool, silentLog);
  await pool.end();
  process.stderr.write(`tests run on PostgreSQL ${versions.postgres}, pgvector ${versions.pgvector}\n`);
  return {
    databases: { kind: 'server', url, template },
    async end() {
      const left = await admin.query<{ name: string }>(
        'SELECT datname AS name FROM pg_database WHERE datname LIKE $1',
        [`${template}%`],
      );
      for (const { name } of left.rows) await admin.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** The URL with another database. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}
