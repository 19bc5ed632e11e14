import type { Log } from '../log.ts';
import type { Queryable } from '../storage/sql.ts';
import { dropLease, forgetHandled, insertEvent, renewLease, settleEvent, takeOver } from './inbox.sql.ts';

export type InboxSurface = 'slack' | 'teams';

/** One attempt at an event. */
export type Attempt = Readonly<{
  key: string;
  /** From 1; above `MAX_ATTEMPTS` the handler says that it gives up instead of answering. */
  number: number;
  /**
   * Called right before the first thing is said. From then on nobody else answers this event, and its text is gone.
   * False: another process has it; say nothing.
   */
  settle(): Promise<boolean>;
}>;

export type EventHandler<Payload> = (payload: Payload, attempt: Attempt) => Promise<void>;

type InboxContext = Readonly<{ pool: Queryable; log: Log }>;

/** After as many tries the person is told to ask again. */
export const MAX_ATTEMPTS = 3;
/** A process that has not renewed its lease for so long is taken for dead. */
const LEASE_MS = 30_000;
const SWEEP_EVERY_MS = 10_000;
const SWEEP_LIMIT = 20;
/** Platforms deliver again within minutes; a week leaves room for an outage of theirs. */
const KEEP_HANDLED_DAYS = 7;

/**
 * Writes an event down before the platform is told "received". True: it is new, and the caller handles it at once with
 * `handleEvent`. False: it was delivered before. `key` is unique over all surfaces: begin it with the surface's name.
 */
export const keepEvent = (
  ctx: Pick<InboxContext, 'pool'>,
  event: { surface: InboxSurface; key: string; payload: unknown; leaseMs?: number },
): Promise<boolean> => insertEvent(ctx.pool, { leaseMs: LEASE_MS, ...event });

/**
 * Runs a handler on an event whose lease this process holds, and renews the lease meanwhile. A handler that returns is
 * done, said something or not; one that throws before it settled is tried again by the sweeper. Never throws.
 */
export async function handleEvent<Payload>(
  ctx: InboxContext,
  event: { key: string; payload: Payload; attempt?: number; leaseMs?: number },
  handler: EventHandler<Payload>,
): Promise<void> {
  const { key, attempt: number = 1, leaseMs = LEASE_MS } = event;
  const renewal = setInterval(() => {
    renewLease(ctx.pool, key, number, leaseMs).catch((error: unknown) =>
      ctx.log.warn({ error }, 'inbox lease not renewed'),
    );
  }, leaseMs / 3);
  try {
    await handler(event.payload, { key, number, settle: () => settleEvent(ctx.pool, key, number) });
    await settleEvent(ctx.pool, key, number);
  } catch (error) {
    ctx.log.error({ error, count: number }, 'event not handled');
    await dropLease(ctx.pool, key, number).catch(() => {});
  } finally {
    clearInterval(renewal);
  }
}

/**
 * Picks up what a dead process left, now and every few seconds. `idle` waits for what it picked up, `stop` ends it and waits.
 * `everyMs`, `leaseMs`: for tests.
 */
export function sweepInbox<Payload>(
  ctx: InboxContext,
  surface: InboxSurface,
  handler: EventHandler<Payload>,
  { everyMs = SWEEP_EVERY_MS, leaseMs = LEASE_MS }: { everyMs?: number; leaseMs?: number } = {},
): { idle(): Promise<void>; stop(): Promise<void> } {
  const working = new Set<Promise<void>>();
  let sweeps = 0;
  let sweeping: Promise<void> | null = null;
  const sweep = async () => {
    const left = await takeOver(ctx.pool, surface, leaseMs, SWEEP_LIMIT);
    for (const { eventKey, payload, attempts } of left) {
      const work = handleEvent(
        ctx,
        { key: eventKey, payload: payload as Payload, attempt: attempts, leaseMs },
        handler,
      );
      working.add(work);
      void work.finally(() => working.delete(work));
    }
    if (sweeps++ % 360 === 0) await forgetHandled(ctx.pool, surface, KEEP_HANDLED_DAYS);
  };
  const tick = () => {
    sweeping ??= sweep()
      .catch((error: unknown) => ctx.log.warn({ error }, 'inbox not swept'))
      .finally(() => (sweeping = null));
  };
  const timer = setInterval(tick, everyMs);
  tick();
  const idle = async () => {
    await sweeping;
    await Promise.allSettled(working);
  };
  return {
    idle,
    stop() {
      clearInterval(timer);
      return idle();
    },
  };
}
