import type { PoolConfig } from 'pg';
import type { Context } from '../context.ts';
import { createPool, withTransaction } from '../storage/pool.ts';
import { run } from '../storage/sql.ts';
import { firstAdmin, newFirstPassword, type FirstSignIn } from './first-sign-in.ts';
import { loadSample } from './sample.ts';
import { beginFirstRun, endFirstRun, firstRunBegun, isEmpty, lockFirstRun, waitWithoutEnd } from './setup.sql.ts';

/** `documents`: of the sample, put into the queue just now. `first`: where an administrator was made just now. */
export type FirstRun = Readonly<{ documents: number; first: FirstSignIn | null }>;

/**
 * Brings an empty database its first administrator and, where it is wanted, the sample company. One process does it while
 * the others that start on the same database wait (`connection`: of that database); what a start that was killed in the
 * middle left undone, the next one does.
 */
export const firstRun = (ctx: Context, connection: PoolConfig): Promise<FirstRun> =>
  // Two starts on one embedded database are refused before, and one that waits in it would keep the other from its session.
  ctx.config.EMBEDDED ? prepare(ctx) : alone(ctx, connection, () => prepare(ctx));

async function prepare(ctx: Context): Promise<FirstRun> {
  const brokenOff = await firstRunBegun(ctx.pool);
  const empty = await isEmpty(ctx.pool);
  if (empty) await beginFirstRun(ctx.pool);
  const documents = ctx.config.SAMPLE && (empty || brokenOff) ? await loadSample(ctx) : 0;
  const first = (await firstAdmin(ctx)) ?? (brokenOff ? await newFirstPassword(ctx) : null);
  if (empty || brokenOff) await endFirstRun(ctx.pool);
  return { documents, first };
}

/** On a connection of its own, so that it takes none from the work. The lock goes with the process, however that ends. */
async function alone<T>(ctx: Pick<Context, 'log'>, connection: PoolConfig, work: () => Promise<T>): Promise<T> {
  const pool = createPool({ ...connection, max: 1 }, ctx.log);
  try {
    return await withTransaction(pool, async (tx) => {
      await run(tx, waitWithoutEnd());
      await run(tx, lockFirstRun());
      return work();
    });
  } finally {
    await pool.end();
  }
}
