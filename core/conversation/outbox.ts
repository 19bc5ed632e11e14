import type { Prisma } from '../../prisma/generated/client.ts';
import type { Context } from '../context.ts';
import { newId, type PersonId } from '../ids.ts';
import { settleNotice, takeNotices, type NoticeRow } from './outbox.sql.ts';

export type { NoticeRow } from './outbox.sql.ts';
export type NoticeTopic = NoticeRow['topic'];

const SWEEP_EVERY_MS = 10_000;
const LEASE_MS = 60_000;
const TAKE = 20;

/**
 * Puts down that these people are to be told something in each chat they are linked with, in the transaction of what it is
 * about. Ids only: what is said is made when it is said.
 */
export async function putNotices(
  tx: Pick<Prisma.TransactionClient, 'chatAccount' | 'chatNotice'>,
  people: readonly PersonId[],
  topic: NoticeTopic,
  subjectId: string,
  at: Date,
): Promise<void> {
  const accounts = await tx.chatAccount.findMany({
    where: { personId: { in: [...people] } },
    select: { personId: true, surface: true, tenantId: true, externalId: true },
  });
  await tx.chatNotice.createMany({
    data: accounts.map((account) => ({ id: newId(at.getTime()), ...account, topic, subjectId, createdAt: at })),
  });
}

/**
 * Tells what is to be told in one chat, as soon as something is put down and every few seconds; of several processes one
 * tells it. `tenantId`: only this workspace's. A `tell` that throws is tried again for a while. `everyMs`: for tests.
 */
export function tellNotices(
  ctx: Pick<Context, 'pool' | 'live' | 'log' | 'clock'>,
  where: { surface: 'slack' | 'teams'; tenantId: string | null },
  tell: (notice: NoticeRow) => Promise<void>,
  { everyMs = SWEEP_EVERY_MS }: { everyMs?: number } = {},
): { idle(): Promise<void>; stop(): Promise<void> } {
  let working: Promise<void> | null = null;
  let again = false;

  const one = async (notice: NoticeRow): Promise<void> => {
    try {
      await tell(notice);
      await settleNotice(ctx.pool, notice.id, ctx.clock.now());
    } catch (error) {
      ctx.log.warn({ error, surface: where.surface, count: notice.attempts }, 'notice not told');
    }
  };
  const sweep = async (): Promise<void> => {
    let taken = 0;
    do {
      again = false;
      const found = await takeNotices(ctx.pool, { ...where, at: ctx.clock.now(), leaseMs: LEASE_MS, limit: TAKE });
      taken = found.length;
      for (const notice of found) await one(notice);
    } while (again || taken === TAKE);
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
      clearInterval(timer);
      unsubscribe();
      return idle();
    },
  };
}
