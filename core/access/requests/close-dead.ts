import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { withTransaction } from '../../storage/pool.ts';
import * as store from './requests.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** Nobody remembers why after so long. */
const OPEN_FOR_MS = 30 * 24 * 3_600_000;

/** Closes requests that nobody can answer any more, and records it. Asked before each answer, and by the workers. */
export async function closeDead(ctx: Needs): Promise<void> {
  const at = ctx.clock.now();
  await withTransaction(ctx.pool, async (tx) => {
    for (const { id, knowledgeBaseId } of await store.lapse(tx, at, new Date(at.getTime() - OPEN_FOR_MS)))
      await record(tx, {
        actorId: null,
        surface: 'worker',
        action: 'access.request_lapsed',
        subjectKind: 'knowledge_base',
        subjectId: knowledgeBaseId,
        detail: { requestId: id },
      });
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
