import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import { silentLog } from '../../core/log.ts';
import { createPool, runScript, withTransaction } from '../../core/storage/pool.ts';
import { freshDatabase, test } from '../setup/database.ts';

test('two databases of a file know nothing of each other', async ({ db }) => {
  const other = await freshDatabase();
  await other.pool.query('CREATE TABLE only_there (id int)');
  await expect(db.query('SELECT * FROM only_there')).rejects.toThrow('does not exist');
  await other.close();
});

test('a fresh database is migrated and has pgvector', async ({ db }) => {
  const { rows } = await db.query(
    `SELECT '[1,2]'::vector <-> '[1,4]'::vector AS distance, (SELECT count(*) FROM person) AS people`,
  );
  expect(rows).toEqual([{ distance: 2, people: 0 }]);
});

test('its address works as a DATABASE_URL', async ({ database }) => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query('SELECT count(*)::int AS n FROM person')).rows).toEqual([{ n: 0 }]);
  await client.end();
});

test('a script that fails inside its own transaction leaves the connection to the next one as it was', async ({
  database,
}) => {
  const pool = createPool({ ...database.connection, max: 1 }, silentLog);
  await expect(runScript(pool, 'BEGIN; SET LOCAL lock_timeout = 1000; SELECT 1 / 0; COMMIT')).rejects.toThrow(
    'division',
  );
  expect((await runScript(pool, 'SELECT 7 AS v')).rows).toEqual([{ v: 7 }]);
  expect((await runScript(pool, 'SELECT $1::int AS v', [8])).rows).toEqual([{ v: 8 }]);
  await pool.end();
});

test('a connection that is lost in the middle of a transaction fails that one alone', async ({
  database,
  db,
  skip,
}) => {
  skip(inject('databases').kind === 'embedded', 'nobody ends a connection of the embedded database but its gate');
  const pool = createPool({ ...database.connection, max: 2 }, silentLog);
  const lost = withTransaction(pool, async (tx) => {
    const [{ pid }] = (await tx.query('SELECT pg_backend_pid() AS pid')).rows;
    await db.query('SELECT pg_terminate_backend($1)', [pid]);
    const there = async () => (await db.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount;
    await expect.poll(there).toBe(0);
    // The news is on its way to this process, which reads it while nothing is asked.
    await sleep(100);
  });
  await expect(lost).rejects.toThrow(/not queryable|terminat/);
  expect((await pool.query('SELECT 1 AS v')).rows).toEqual([{ v: 1 }]);
  await pool.end();
});
