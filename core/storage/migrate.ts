import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from 'pg';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  appliedMigrations,
  createMigrationTable,
  lockMigrations,
  migrationTableExists,
  recordMigration,
} from './migrate.sql.ts';
import { withTransaction } from './pool.ts';
import type { Queryable } from './sql.ts';
import { row, rows, run } from './sql.ts';

const FOLDER = path.join(import.meta.dirname, '../../prisma/migrations');

type Migration = Readonly<{ name: string; text: string; checksum: string }>;
type Applied = { name: string; checksum: string; finished: boolean };

/**
 * Brings the database to the newest migration of `folder`, each in a transaction of its own. Safe when several start at once:
 * one applies, the others wait and find it done. Gives the names of those it applied.
 * @throws AppError 'migration_edited' where an applied file was changed or is gone, or one was left unfinished by other tools.
 */
export async function migrate(pool: Pool, log: Log, folder = FOLDER): Promise<string[]> {
  const migrations = await readMigrations(folder);
  if (await isUpToDate(pool, migrations)) return [];
  const done: string[] = [];
  for (const migration of migrations) {
    const startedAt = performance.now();
    const applied = await withTransaction(pool, async (tx) => {
      await run(tx, lockMigrations());
      await run(tx, createMigrationTable());
      const known = await rows<Applied>(tx, appliedMigrations());
      refuseEdited(known, migrations);
      if (known.some(({ name }) => name === migration.name)) return false;
      await tx.query(migration.text);
      await run(tx, recordMigration(randomUUID(), migration.name, migration.checksum));
      return true;
    });
    if (!applied) continue;
    done.push(migration.name);
    log.info(
      { part: 'database', version: migration.name, durationMs: Math.round(performance.now() - startedAt) },
      'migration applied',
    );
  }
  return done;
}

async function isUpToDate(db: Queryable, migrations: readonly Migration[]): Promise<boolean> {
  const table = await row<{ exists: boolean }>(db, migrationTableExists());
  if (!table?.exists) return false;
  const known = await rows<Applied>(db, appliedMigrations());
  refuseEdited(known, migrations);
  return migrations.every(({ name }) => known.some((one) => one.name === name));
}

function refuseEdited(known: readonly Applied[], migrations: readonly Migration[]): void {
  for (const one of known) {
    const file = migrations.find(({ name }) => name === one.name);
    if (!file)
      throw new AppError(
        'migration_edited',
        `The database has the migration ${one.name}, which this version does not know: it was migrated by a newer version, use that one`,
      );
    if (file.checksum !== one.checksum)
      throw new AppError(
        'migration_edited',
        `The migration ${one.name} was edited after it was applied to this database: restore the file and put the change into a new migration`,
      );
    if (!one.finished)
      throw new AppError(
        'migration_edited',
        `The migration ${one.name} was begun on this database and not finished: repair it, then mark it with "prisma migrate resolve"`,
      );
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
