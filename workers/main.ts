import type { Context } from '../core/context.ts';
import { closeDead, recordEndedGrants } from '../core/access/requests/close-dead.ts';
import { forgetNotices } from '../core/conversation/outbox.ts';
import { renewDue } from '../core/identity/renewal.ts';
import { sweep, sweepFiles } from '../core/knowledge/sweep.ts';

const SWEEP_EVERY_MS = 60_000;

/**
 * Runs the jobs of core in this process until the context is closed: ingestion, deletion, indexes; asks identity providers
 * again about people; closes requests that nobody can answer any more, records grants that have ended and deletes old notices. What a dead process
 * left is found at once and from then on every minute. Gives how to stop the looking; the jobs and what asks just then end with
 * the context.
 */
export async function startWorkers(ctx: Context): Promise<{ stop(): void }> {
  ctx.extractor.prewarm();
  await ctx.jobs.work(ctx);
  const look = () => sweep(ctx).catch((error: unknown) => ctx.log.warn({ part: 'workers', error }, 'sweep_failed'));
  await look();
  void sweepFiles(ctx).catch((error: unknown) => ctx.log.warn({ part: 'workers', error }, 'sweep_failed'));
  const renew = () =>
    ctx.underway
      .run(() => renewDue(ctx))
      .catch((error: unknown) => ctx.log.warn({ part: 'workers', error }, 'renewal_failed'));
  const close = () =>
    Promise.all([closeDead(ctx), recordEndedGrants(ctx), forgetNotices(ctx)]).catch((error: unknown) =>
      ctx.log.warn({ part: 'workers', error }, 'closing_failed'),
    );
  const timers = [look, renew, close].map((each) => setInterval(() => void each(), SWEEP_EVERY_MS));
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
}
