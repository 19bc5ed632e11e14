import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { silentLog } from '../../core/log.ts';
import { migrate } from '../../core/storage/migrate.ts';
import { createPool, withTransaction } from '../../core/storage/pool.ts';
import { freshDatabase, test } from '../setup/database.ts';
import type { FreshDatabase } from '../setup/database.ts';

let folder: string;
let fresh: FreshDatabase;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gh-migrations-'));
  fresh = await freshDatabase();
  await fresh.pool.query('DROP TABLE _prisma_migrations');
});
afterEach(async () => {
  await fresh.close();
  await rm(folder, { recursive: true });
});

async function migration(name: string, text: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, 'migration.sql'), text);
}
const recorded = async () =>
  (
    await fresh.pool.query(
      'SELECT migration_name, checksum, applied_steps_count, finished_at IS NOT NULL AS finished, rolled_back_at, logs FROM _prisma_migrations ORDER BY started_at',
    )
  ).rows;

test('a migration that was edited after it was applied is refused, and named', async () => {
  await migration('1_first', 'CREATE TABLE first_one (n int)');
  await migrate(fresh.pool, silentLog, folder);
  await migration('1_first', 'CREATE TABLE first_one (n bigint)');
  await expect(migrate(fresh.pool, silentLog, folder)).rejects.toMatchObject({
    code: 'migration_edited',
    message: expect.stringContaining('1_first'),
  });
});

test('a database of a newer version is left alone', async () => {
  await migration('1_first', 'SELECT 1');
  await migration('2_newer', 'SELECT 2');
  await migrate(fresh.pool, silentLog, folder);
  await rm(path.join(folder, '2_newer'), { recursive: true });
  await migration('3_other', 'CREATE TABLE never (n int)');
  await expect(migrate(fresh.pool, silentLog, folder)).rejects.toMatchObject({
    code: 'migration_edited',
    message: expect.stringContaining('2_newer'),
  });
});

test('one that fails leaves nothing behind, and those before it stay', async () => {
  await migration('1_first', 'CREATE TABLE kept_one (n int)');
  await migration('2_broken', 'CREATE TABLE half_made (n int); SELECT 1 / 0');
  await expect(migrate(fresh.pool, silentLog, folder)).rejects.toThrow('division by zero');
  expect((await recorded()).map((row) => row.migration_name)).toEqual(['1_first']);
  await expect(fresh.pool.query('SELECT * FROM half_made')).rejects.toThrow('does not exist');
});

test('they are applied in the order of their names, once, and written down as Prisma does', async () => {
  const text = 'INSERT INTO steps VALUES (2)';
  await migration('20260102_b', text);
  await migration('20260101_a', 'CREATE TABLE steps (n int)');
  expect(await migrate(fresh.pool, silentLog, folder)).toEqual(['20260101_a', '20260102_b']);
  expect(await migrate(fresh.pool, silentLog, folder)).toEqual([]);
  expect((await recorded())[1]).toEqual({
    migration_name: '20260102_b',
    checksum: createHash('sha256').update(text).digest('hex'),
    applied_steps_count: 1,
    finished: true,
    rolled_back_at: null,
    logs: null,
  });
});

test('of several that start at once one applies each migration, and all find it done', async () => {
  await migration('1_first', 'CREATE TABLE made_once (n int)');
  await migration('2_second', 'INSERT INTO made_once SELECT 1 FROM pg_sleep(0.1)');
  const pools = Array.from({ length: 4 }, () => createPool({ ...fresh.connection, max: 2 }, silentLog));
  const applied = await Promise.all(pools.map((pool) => migrate(pool, silentLog, folder)));
  expect(applied.flat().toSorted()).toEqual(['1_first', '2_second']);
  expect((await fresh.pool.query('SELECT n FROM made_once')).rows).toEqual([{ n: 1 }]);
  await Promise.all(pools.map((pool) => pool.end()));
});

test('the migrations of the project are all applied, as their files are', async ({ db }) => {
  expect(await migrate(db, silentLog)).toEqual([]);
});

test('a transaction whose work throws is rolled back, and its connection goes on', async () => {
  await fresh.pool.query('CREATE TABLE tried (n int)');
  const work = withTransaction(fresh.pool, async (tx) => {
    await tx.query('INSERT INTO tried VALUES (1)');
    throw new Error('changed my mind');
  });
  await expect(work).rejects.toThrow('changed my mind');
  expect((await fresh.pool.query('SELECT count(*) AS n FROM tried')).rows).toEqual([{ n: 0 }]);
});

test('counts come as numbers and days as text', async ({ db }) => {
  const { rows } = await db.query(`SELECT 9007199254740991::int8 AS large, '2026-03-01'::date AS day`);
  expect(rows).toEqual([{ large: 9_007_199_254_740_991, day: '2026-03-01' }]);
});
