import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool, PoolConfig } from 'pg';
import { PrismaClient } from '../prisma/generated/client.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createJobs, type Jobs } from './jobs/queue.ts';
import { createExtractor, type Extractor } from './knowledge/extraction-process/extractor.ts';
import { createLog, type Log } from './log.ts';
import { createModels, type Models } from './models/registry.ts';
import { createFileStore, type FileStore } from './storage/files.ts';
import { createLive, type Live } from './storage/live.ts';
import { createPool } from './storage/pool.ts';
import { openSecrets, type Secrets } from './storage/secret.ts';
import { createUnderway, type Underway } from './underway.ts';

/** What the functions of the product work with. A function asks for the part it uses. */
export type Context = Readonly<{
  config: Config;
  clock: Clock;
  log: Log;
  /** The one pool: for the *.sql.ts files, Prisma and the jobs alike. */
  pool: Pool;
  /** For administration; the way of a question goes through *.sql.ts. */
  db: PrismaClient;
  files: FileStore;
  jobs: Jobs;
  models: Models;
  live: Live;
  secrets: Secrets;
  /** Reads files in closed processes; started by the first file. */
  extractor: Extractor;
  /** Aborted when this process is about to stop: what takes long ends by itself then, and says why. */
  stopping: AbortSignal;
  /** What `close` waits for although nobody else may. */
  underway: Underway;
}>;

/**
 * Everything a process of ours needs, on an open database whose migrations have run.
 * `connection`: where the database is; `close` ends what was opened here, after what is under way and the workers of a queue;
 * `aboutToStop` tells what takes long before that.
 */
export async function createContext(
  config: Config,
  connection: PoolConfig,
  parts: { log?: Log; clock?: Clock } = {},
): Promise<Context & { aboutToStop(): void; close(): Promise<void> }> {
  const log = parts.log ?? createLog(config.LOG_LEVEL);
  const clock = parts.clock ?? systemClock;
  const secrets = await openSecrets(config);
  const pool = createPool(connection, log);
  // The embedded database serves one transaction after the other: Prisma's two seconds of waiting are too few under load.
  const db = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: 15_000, timeout: 60_000 },
  });
  const live = createLive(config, log);
  const models = createModels({ pool, config, secrets, clock, log });
  const extractor = createExtractor({
    processes: config.EXTRACT_PROCESSES,
    timeoutMs: config.EXTRACT_TIMEOUT_MS,
    memoryBytes: config.EXTRACT_MEMORY_MB * 1_000_000,
    log,
  });
  const jobs = await createJobs({ pool, log, embedded: config.EMBEDDED });
  const files = createFileStore(config);
  const underway = createUnderway(log);
  const stopping = new AbortController();
  return {
    config,
    clock,
    log,
    pool,
    db,
    files,
    jobs,
    models,
    live,
    secrets,
    extractor,
    stopping: stopping.signal,
    underway,
    aboutToStop: () => stopping.abort(),
    async close() {
      stopping.abort();
      await Promise.all([underway.close(), jobs.close()]);
      await Promise.all([extractor.close(), models.close(), live.close()]);
      await db.$disconnect();
      await pool.end();
    },
  };
}
