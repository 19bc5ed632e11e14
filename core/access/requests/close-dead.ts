import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { addNotices } from '../../conversation/outbox.sql.ts';
import type { PersonId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import * as store from './requests.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** Nobody remembers why after so long. */
const OPEN_FOR_MS = 30 * 24 * 3_600_000;

/** Closes all requests that nobody can answer any more, and records it: the workers' part, it looks at everybody. */
export async function closeDead(ctx: Needs): Promise<void> {
  await closing(ctx, (tx, at, oldest) => store.lapse(tx, at, oldest));
}

/** Closes one open request that is somebody's to answer, if that has no sense any more. Gives whether it did. */
export const closeIfDead = async (
  ctx: Needs,
  { id, person }: { id: string; person: { id: PersonId } },
): Promise<boolean> =>
  (await closing(ctx, (tx, at, oldest) => store.lapseOne(tx, { id, personId: person.id }, at, oldest))) > 0;

async function closing(
  ctx: Needs,
  lapse: (tx: Queryable, at: Date, oldest: Date) => Promise<store.Lapsed[]>,
): Promise<number> {
  const at = ctx.clock.now();
  return withTransaction(ctx.pool, async (tx) => {
    const lapsed = await lapse(tx, at, new Date(at.getTime() - OPEN_FOR_MS));
    for (const { id, personId, knowledgeBaseId } of lapsed) {
      await addNotices(tx, [personId], 'access_answered', id, at);
      await record(tx, {
        actorId: null,
        surface: 'worker',
        action: 'access.request_lapsed',
        subjectKind: 'knowledge_base',
        subjectId: knowledgeBaseId,
        detail: { requestId: id },
      });
    }
    return lapsed.length;
  });
}

/** Records each grant that has ended, once. That it ended needs nobody: every decision looks at its end. */
export async function recordEndedGrants(ctx: Needs): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    for (const { id, resourceKind, resourceId, ...grant } of await store.markEnded(tx, ctx.clock.now()))
      await record(tx, {
        actorId: null,
        surface: 'worker',
        action: 'grant.expired',
        subjectKind: resourceKind,
        ...(resourceId === null ? {} : { subjectId: resourceId }),
        detail: { grantId: id, ...grant },
      });
  });
}
