import type { Pool } from 'pg';
import { handleEvent, keepEvent, sweepInbox, type Attempt } from '../../core/conversation/inbox.ts';
import { settleEvent } from '../../core/conversation/inbox.sql.ts';
import type { Context } from '../../core/context.ts';
import { withTransaction } from '../../core/storage/pool.ts';
import type { Asked } from './incoming.ts';

/** The durable row of a message, and what works on it. */
export type Inbox = Readonly<{
  /** Writes a message down and begins to work on it; a delivery that was seen before changes nothing. */
  accept(keys: { id: string; content: string | null }, asked: Asked): Promise<void>;
  /** Waits until nothing that came in is being worked on. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}>;

export function createInbox(
  ctx: Pick<Context, 'pool' | 'log'>,
  handle: (asked: Asked, attempt: Attempt) => Promise<void>,
): Inbox {
  const working = new Set<Promise<void>>();
  const sweeper = sweepInbox<Asked>(ctx, 'teams', handle);
  const idle = async () => {
    await sweeper.idle();
    while (working.size > 0) await Promise.allSettled(working);
  };
  return {
    async accept(keys, asked) {
      if (!(await keep(ctx.pool, keys, asked))) return;
      const work = handleEvent(ctx, { key: keys.id, payload: asked }, handle);
      working.add(work);
      void work.finally(() => working.delete(work));
    },
    idle,
    async stop() {
      await sweeper.stop();
      await idle();
    },
  };
}

/** True where neither this delivery nor the same message under another id was kept before. */
const keep = (pool: Pool, { id, content }: { id: string; content: string | null }, asked: Asked): Promise<boolean> =>
  withTransaction(pool, async (tx) => {
    if (!(await keepEvent({ pool: tx }, { surface: 'teams', key: id, payload: asked }))) return false;
    if (content === null) return true;
    const first = await keepEvent({ pool: tx }, { surface: 'teams', key: content, payload: null });
    // The one row stands for the content alone, or this delivery is the second of it: nobody works on either.
    await settleEvent(tx, first ? content : id, 1);
    return first;
  });
