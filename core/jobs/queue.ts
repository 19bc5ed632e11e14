import type { Pool } from 'pg';
import { PgBoss, type Db } from 'pg-boss';
import type { Context } from '../context.ts';
import type { Log } from '../log.ts';
import { runScript } from '../storage/pool.ts';
import type { Queryable } from '../storage/sql.ts';
import { JOBS } from './all.ts';
import type { AnyJob, Job } from './job.ts';
import { giveBackActive } from './queue.sql.ts';

export type Jobs = Readonly<{
  /**
   * Enqueues in the transaction that stores what the job is about: both are there, or neither. `key`: says what it is about.
   * `urgent`: somebody waits for it, so it goes before what nobody does.
   */
  send<Input extends object>(
    tx: Queryable,
    job: Job<Input>,
    input: Input,
    options?: { key?: string; afterSeconds?: number; urgent?: boolean },
  ): Promise<void>;
  /** After the commit: workers of this process look at once instead of at their next turn. */
  wake(job: AnyJob): void;
  /** Runs jobs in this process from now on. An embedded database has one such process, so what is active there was left by a dead one. */
  work(ctx: Context): Promise<void>;
  /** Stops running jobs, which go back to the queue, and waits until they have. */
  close(): Promise<void>;
}>;

/** A worker that dies is noticed after this long without a sign of life, s. */
const HEARTBEAT_SECONDS = 30;
const LOOK_FOR_DEAD_SECONDS = 15;
const POLL_SECONDS = 2;
const KEEP_DONE_SECONDS = 86_400;
const NO_JOB = '00000000-0000-0000-0000-000000000000';
const STOP_WITHIN_MS = 10_000;

/** The queue, on the one pool. Every queue is there as it is wanted, and known to this process, before a transaction needs it. */
export async function createJobs(parts: {
  pool: Pool;
  log: Log;
  embedded: boolean;
  jobs?: readonly AnyJob[];
}): Promise<Jobs> {
  const { pool, log, embedded, jobs = JOBS } = parts;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => runScript(pool, text, values) },
    ...(embedded ? { backend: 'pglite' } : {}),
    schedule: false,
    superviseIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
    monitorIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
    flowIntervalSeconds: 3_600,
    warningSlowQuerySeconds: 60,
  });
  boss.on('error', (error) => log.warn({ part: 'jobs', error }, 'queue_error'));
  await boss.start();
  for (const job of jobs) {
    await boss.createQueue(job.name, limitsOf(job));
    await boss.updateQueue(job.name, limitsOf(job));
    // The first send of a queue, and the first after a change to it, looks it up on another connection: inside a transaction
    // on the embedded database, which has one session, that would wait for itself.
    await boss.touch(job.name, NO_JOB);
  }

  const stopping = new AbortController();
  const wake = (name: string): void => {
    for (const worker of boss.getWipData()) if (worker.name === name) boss.notifyWorker(worker.id);
  };
  const start = async (ctx: Context, job: AnyJob): Promise<void> => {
    const concurrency = job.concurrency === 'ingest' ? ctx.config.INGEST_CONCURRENCY : job.concurrency;
    await boss.work(
      job.name,
      {
        batchSize: 1,
        localConcurrency: concurrency,
        pollingIntervalSeconds: POLL_SECONDS,
        heartbeatRefreshSeconds: 10,
      },
      async ([claimed]) => {
        if (!claimed) return;
        const number = claimed.retryCount + 1;
        const signal = AbortSignal.any([claimed.signal, stopping.signal]);
        const attempt = { number, last: number >= job.attempts, signal };
        try {
          await job.runOn(ctx, claimed.data, attempt);
        } catch (error) {
          // A job that is given up because the program stops is tried again by the next start.
          if (!signal.aborted) log.warn({ part: 'jobs', job: job.name, count: number, error }, 'job_failed');
          throw error;
        } finally {
          // Whoever just finished has time for the next one.
          setImmediate(() => wake(job.name));
        }
      },
    );
  };
  return {
    async send(tx, job, input, options = {}) {
      await boss.send(job.name, input, {
        db: inside(tx),
        ...(options.key === undefined ? {} : { singletonKey: options.key }),
        ...(options.afterSeconds === undefined ? {} : { startAfter: options.afterSeconds }),
        ...(options.urgent ? { priority: 1 } : {}),
      });
    },
    wake: (job) => wake(job.name),
    async work(ctx) {
      if (embedded)
        await giveBackActive(
          pool,
          jobs.map((job) => job.name),
        );
      for (const job of jobs) await start(ctx, job);
    },
    async close() {
      stopping.abort();
      await boss.stop({ graceful: true, timeout: STOP_WITHIN_MS });
    },
  };
}

const limitsOf = (job: AnyJob) => ({
  retryLimit: job.attempts - 1,
  retryDelay: job.retrySeconds,
  retryBackoff: true,
  retryDelayMax: job.retrySecondsMax,
  expireInSeconds: job.timeoutSeconds,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  deleteAfterSeconds: KEEP_DONE_SECONDS,
});

const inside = (tx: Queryable): Db => ({
  executeSql: (text, values) => tx.query({ text, values: values ?? [] }),
});
