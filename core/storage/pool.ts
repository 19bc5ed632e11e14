import pg from 'pg';
import type { Pool, PoolClient, PoolConfig, QueryResult } from 'pg';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { versions } from './pool.sql.ts';
import { row } from './sql.ts';

/** CVE-2026-3172 is fixed from here on. */
const PGVECTOR_AT_LEAST = [0, 8, 7] as const;

/** How long a request waits for a free connection before it fails, ms. */
const CONNECTION_WAIT_MS = 10_000;

const { INT8, DATE } = pg.types.builtins;

/** Counts come as numbers (all of ours are below 2^53), days as the text they are: a Date would move them by a time zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => {
    if (format !== 'binary' && id === INT8) return Number;
    if (format !== 'binary' && id === DATE) return (text: string) => text;
    return pg.types.getTypeParser(id, format);
  },
};

/** The one pool of this process. `connection.max` says how many it may open. An idle connection that breaks is logged and replaced. */
export function createPool(connection: PoolConfig, log: Log): Pool {
  const pool = new pg.Pool({
    application_name: 'gatehouse',
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    ...connection,
    types,
  });
  pool.on('error', (error) => log.warn({ part: 'database', error }, 'a database connection broke'));
  return pool;
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export const withTransaction = <T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> =>
  onConnection(pool, async (client, rollBack) => {
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await rollBack();
      throw error;
    }
  });

/**
 * Runs what a library has written: a statement, or a script that begins and ends a transaction of its own. One that fails in
 * the middle leaves none open, which the next one on its connection would find itself in.
 */
export const runScript = (pool: Pool, text: string, values: unknown[] = []): Promise<QueryResult> =>
  onConnection(pool, async (client, rollBack) => {
    try {
      return await (values.length > 0 ? client.query(text, values) : client.query(text));
    } catch (error) {
      // Outside a transaction this does nothing.
      await rollBack();
      throw error;
    }
  });

/** A connection of the pool for `work` alone. One that was lost, or could not roll back, is not given to the next one. */
async function onConnection<T>(
  pool: Pool,
  work: (client: PoolClient, rollBack: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const lost = (error: Error) => void (broken = error);
  // The pool listens to idle connections only: one that is lost between two statements would end the process.
  client.on('error', lost);
  try {
    return await work(client, async () => void (await client.query('ROLLBACK').catch(lost)));
  } finally {
    client.removeListener('error', lost);
    client.release(broken);
  }
}

/**
 * The versions of the database, e.g. `{ postgres: '18.1', pgvector: '0.8.7' }`; an old pgvector is warned about.
 * @throws AppError 'database_unreachable', or 'database_without_pgvector' where the extension is not installed on the server.
 */
export async function checkDatabase(pool: Pool, log: Log): Promise<{ postgres: string; pgvector: string }> {
  const found = await row<{ postgres: string; pgvector: string | null }>(pool, versions()).catch(
    (error: Error & { code?: string }) => {
      throw new AppError(
        'database_unreachable',
        `The database does not answer (${error.code ?? error.name}): check DATABASE_URL`,
        { cause: error },
      );
    },
  );
  const { postgres = '', pgvector = null } = found ?? {};
  if (pgvector === null)
    throw new AppError(
      'database_without_pgvector',
      `This PostgreSQL ${postgres} has no pgvector: install it there (0.8.7 or later), such as Debian's package postgresql-NN-pgvector`,
    );
  if (isOldPgvector(pgvector))
    log.warn(
      { part: 'database', version: pgvector },
      `pgvector is older than ${PGVECTOR_AT_LEAST.join('.')}: update it, older ones have a known vulnerability`,
    );
  return { postgres, pgvector };
}

/** Whether a version of pgvector, such as `0.8.0`, lacks the fix. */
export function isOldPgvector(version: string): boolean {
  const parts = version.split('.').map(Number);
  const at = PGVECTOR_AT_LEAST.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return at >= 0 && (parts[at] ?? 0) < PGVECTOR_AT_LEAST[at]!;
}
