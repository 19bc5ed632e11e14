import type { Context } from '../core/context.ts';
import { sweep, sweepFiles } from '../core/knowledge/sweep.ts';

const SWEEP_EVERY_MS = 60_000;

/**
 * Runs the jobs of core in this process until the context is closed: ingestion, deletion, indexes. What a dead process
 * left is found at once and from then on every minute. Gives how to stop the looking; the jobs end with the context.
 */
export async function startWorkers(ctx: Context): Promise<{ stop(): void }> {
  ctx.extractor.prewarm();
  await ctx.jobs.work(ctx);
  const look = () => sweep(ctx).catch((error: unknown) => ctx.log.warn({ part: 'workers', error }, 'sweep_failed'));
  await look();
  void sweepFiles(ctx).catch((error: unknown) => ctx.log.warn({ part: 'workers', error }, 'sweep_failed'));
  const timer = setInterval(() => void look(), SWEEP_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
