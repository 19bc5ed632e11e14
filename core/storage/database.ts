import type { PoolConfig } from 'pg';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openEmbedded } from './embedded/open.ts';
import { migrate } from './migrate.ts';
import { checkDatabase, createPool } from './pool.ts';
import { SEARCH_SESSION } from './session.ts';

/** The embedded database serves one client at a time: more connections would only wait. */
const EMBEDDED_POOL = 6;

export type Database = Readonly<{
  /** For `createPool`: where it is and how many connections make sense. */
  connection: PoolConfig;
  versions: { postgres: string; pgvector: string };
  /** Names of the migrations that this start applied. */
  migrated: readonly string[];
  /** To be called after the pools on it have ended. */
  close(): Promise<void>;
}>;

/**
 * The database of this configuration, migrated and ready: that of DATABASE_URL, else the embedded one of DATA_DIR.
 * `startOnly`: refuses where another process has said so for the same folder.
 * @throws AppError with one clear sentence: 'data_in_use', 'database_unreachable', 'database_without_pgvector',
 * 'migration_edited' or 'bad_setting'.
 */
export async function openDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'DATABASE_POOL' | 'DATA_DIR'>,
  options: { log: Log; startOnly?: boolean },
): Promise<Database> {
  const { log, startOnly = false } = options;
  const embedded = config.DATABASE_URL ? null : await openEmbedded({ dataDir: config.DATA_DIR, log, startOnly });
  const connection = embedded
    ? { ...embedded.connection, max: EMBEDDED_POOL }
    : { connectionString: config.DATABASE_URL!, max: config.DATABASE_POOL, options: SEARCH_SESSION };
  const pool = createPool({ ...connection, max: 1 }, log);
  try {
    const versions = await checkDatabase(pool, log);
    const migrated = await migrate(pool, log);
    await pool.end();
    return { connection, versions, migrated, close: async () => embedded?.close() };
  } catch (error) {
    await pool.end();
    await embedded?.close();
    throw error;
  }
}
