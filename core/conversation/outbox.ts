import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { within } from '../storage/within.ts';
import { addNotices, deleteNotices, MOST_ATTEMPTS, settleNotice, takeNotice, type NoticeRow } from './outbox.sql.ts';

export type { NoticeRow } from './outbox.sql.ts';
export type NoticeTopic = NoticeRow['topic'];

const SWEEP_EVERY_MS = 10_000;
const LEASE_MS = 60_000;

const DAY_MS = 24 * 3_600_000;
const SETTLED_FOR_MS = 7 * DAY_MS;
/** What waits for a bot that does not run: a request lapses by then. */
const UNTOLD_FOR_MS = 30 * DAY_MS;

/**
 * Puts down that these people are to be told something in each chat they are linked with, in the transaction of what it is
 * about. Ids only: what is said is made when it is said.
 */
export async function putNotices(
  tx: Parameters<typeof within>[0],
  people: readonly PersonId[],
  topic: NoticeTopic,
  subjectId: string,
  at: Date,
): Promise<void> {
  await addNotices(within(tx), people, topic, subjectId, at);
}

/**
 * Tells what is to be told in one chat, as soon as something is put down and every few seconds; of several processes one
 * tells each. `tenantId`: only this workspace's. A `tell` that throws is tried again for a while. Stopping ends with what is
 * being told just then. `everyMs`: for tests.
 */
export function tellNotices(
  ctx: Pick<Context, 'pool' | 'live' | 'log' | 'clock'>,
  where: { surface: 'slack' | 'teams'; tenantId: string | null },
  tell: (notice: NoticeRow) => Promise<void>,
  { everyMs = SWEEP_EVERY_MS }: { everyMs?: number } = {},
): { idle(): Promise<void>; stop(): Promise<void> } {
  let working: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const one = async (notice: NoticeRow): Promise<void> => {
    try {
      await tell(notice);
      await settleNotice(ctx.pool, notice.id, ctx.clock.now());
    } catch (error) {
      const last = notice.attempts >= MOST_ATTEMPTS;
      const said = { error, surface: where.surface, count: notice.attempts, personId: notice.personId };
      ctx.log.warn(said, last ? 'notice given up' : 'notice not told');
      if (last) await settleNotice(ctx.pool, notice.id, ctx.clock.now());
    }
  };
  const sweep = async (): Promise<void> => {
    let notice: NoticeRow | null;
    do {
      again = false;
      // One by one: what waits behind a slow one is another process's to tell.
      notice = await takeNotice(ctx.pool, { ...where, at: ctx.clock.now(), leaseMs: LEASE_MS });
      if (notice) await one(notice);
    } while (!stopped && (again || notice));
  };
  const look = (): void => {
    again = true;
    working ??= sweep()
      .catch((error: unknown) => ctx.log.warn({ error, surface: where.surface }, 'notices not looked for'))
      .finally(() => (working = null));
  };
  const unsubscribe = ctx.live.subscribe('chat-notices', look);
  const timer = setInterval(look, everyMs);
  look();
  const idle = async () => {
    while (working) await working;
  };
  return {
    idle,
    stop() {
      stopped = true;
      clearInterval(timer);
      unsubscribe();
      return idle();
    },
  };
}

/** Deletes notices a week after they were told, and those of a month ago that no bot has told. */
export async function forgetNotices(ctx: Pick<Context, 'pool' | 'log' | 'clock'>): Promise<void> {
  const before = (ms: number) => new Date(ctx.clock.now().getTime() - ms);
  const { untold } = await deleteNotices(ctx.pool, { settled: before(SETTLED_FOR_MS), made: before(UNTOLD_FOR_MS) });
  if (untold > 0) ctx.log.info({ part: 'workers', count: untold }, 'notices that no bot told deleted');
}
