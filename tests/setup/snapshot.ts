import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { silentLog } from '../../core/log.ts';
import { openEmbedded } from '../../core/storage/embedded/open.ts';
import { migrate } from '../../core/storage/migrate.ts';
import { createPool } from '../../core/storage/pool.ts';

const root = path.join(import.meta.dirname, '../..');
const CACHE = path.join(root, 'node_modules/.cache/gatehouse');

/**
 * The path of a tar with a migrated, empty embedded database. Made once for each state of the migrations and of the code that
 * applies them, by the way a real start goes.
 */
export async function migratedSnapshot(): Promise<string> {
  const file = path.join(CACHE, `snapshot-${await stateOfTheMigrations()}.tar`);
  if (await stat(file).catch(() => null)) return file;
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-snapshot-'));
  try {
    const embedded = await openEmbedded({ dataDir: folder, log: silentLog });
    const pool = createPool({ ...embedded.connection, max: 1 }, silentLog);
    await migrate(pool, silentLog);
    await pool.end();
    await embedded.close();
    await mkdir(CACHE, { recursive: true });
    const made = `${file}.${process.pid}`;
    await writeFile(made, Buffer.from(await tarOf(path.join(folder, 'database'))));
    await rename(made, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return file;
}

async function tarOf(dataDir: string): Promise<ArrayBuffer> {
  const database = await PGlite.create({ dataDir });
  const tar = await database.dumpDataDir('none');
  await database.close();
  return tar.arrayBuffer();
}

async function stateOfTheMigrations(): Promise<string> {
  const migrations = path.join(root, 'prisma/migrations');
  const names = (await readdir(migrations, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const files = [
    ...names.toSorted().map((name) => path.join(migrations, name, 'migration.sql')),
    path.join(root, 'core/storage/migrate.ts'),
    path.join(root, 'core/storage/migrate.sql.ts'),
    path.join(root, 'node_modules/@electric-sql/pglite/package.json'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
