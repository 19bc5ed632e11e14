import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { KnowledgeBaseId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import * as partitions from './partitions.sql.ts';

/** So many knowledge bases have a partition of their own; later ones share the hashed ones. */
const MOST_PARTITIONS = 1_000;
/** Attaching and detaching wait this long for searches that run, and let new ones pass before they try again. */
const LOCK_TIMEOUT_MS = 1_000;
const TRIES = 5;
const PAUSE_MS = 200;
const LOCK_NOT_AVAILABLE = '55P03';

type Needs = Pick<Context, 'pool' | 'log'>;

/**
 * Gives a knowledge base a partition of its own before its first passages come. Where that cannot be had now, or there
 * are too many, its passages lie in a hashed partition with those of others: slower, never wrong.
 */
export async function ensurePartition(ctx: Needs, knowledgeBaseId: KnowledgeBaseId): Promise<void> {
  if (!(await partitions.wantsPartition(ctx.pool, knowledgeBaseId, MOST_PARTITIONS))) return;
  const attached = await patiently(ctx, (tx) => partitions.createAndAttach(tx, knowledgeBaseId));
  if (!attached) ctx.log.warn({ knowledgeBaseId }, 'partition_not_attached');
}

/** Takes the passages of a knowledge base away whole. False where searches kept it busy: to be tried again. */
export const dropPassages = (ctx: Needs, knowledgeBaseId: KnowledgeBaseId): Promise<boolean> =>
  patiently(ctx, (tx) => partitions.detachAndDrop(tx, knowledgeBaseId));

async function patiently(
  ctx: Needs,
  change: (tx: Parameters<typeof partitions.createAndAttach>[0]) => Promise<void>,
): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      await withTransaction(ctx.pool, async (tx) => {
        await partitions.waitAtMost(tx, LOCK_TIMEOUT_MS);
        await change(tx);
      });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
  return false;
}
