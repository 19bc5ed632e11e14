import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { withTransaction } from '../storage/pool.ts';
import { buildIndex } from './build-index.ts';
import type { VersionToIngest } from './ingest.sql.ts';
import { ensurePartition } from './partitions.ts';
import * as swap from './swap.sql.ts';

/** From so many passages on, a knowledge base of its own partition gets a vector index; below, exact search is as quick. */
const INDEX_FROM_PASSAGES = 500;
const INDEX_AFTER_SECONDS = 30;

/**
 * Makes a version that was written beside the live one, in one transaction: what was live until now keeps its passages
 * where no search looks. False where it is not wanted any more: deleted, or a later version is live.
 * @throws AppError 'model_bad_answer' when the vectors have another size than the knowledge base's
 */
export async function swapIn(
  ctx: Pick<Context, 'pool' | 'jobs' | 'log' | 'config'>,
  version: VersionToIngest,
  dimensions: number,
): Promise<boolean> {
  await ensurePartition(ctx, version.knowledgeBaseId);
  const swapped = await withTransaction(ctx.pool, async (tx) => {
    await swap.holdKnowledgeBase(tx, version.knowledgeBaseId);
    const now = await swap.beforeSwap(tx, version.id);
    if (!now) return null;
    if (now.dimensions !== null && now.dimensions !== dimensions)
      throw new AppError(
        'model_bad_answer',
        `The embedding model gives ${dimensions} dimensions now, and ${now.dimensions} before`,
      );
    if (now.liveVersionId !== null) await swap.demote(tx, version.knowledgeBaseId, now.liveVersionId);
    const passages = await swap.promote(tx, version, dimensions);
    if (passages === 0) throw new AppError('internal', 'Nothing was written beside; this file is tried again');
    await record(tx, {
      actorId: null,
      surface: 'worker',
      action: 'document.version_live',
      subjectKind: 'document',
      subjectId: version.documentId,
      detail: { versionId: version.id, version: version.version, before: now.liveVersionId, passages },
    });
    const needsIndex =
      now.partitioned &&
      !ctx.config.EMBEDDED &&
      now.passages < INDEX_FROM_PASSAGES &&
      now.passages + passages >= INDEX_FROM_PASSAGES;
    // Later: while many files come in, each passage would have to be put into the index one by one.
    if (needsIndex)
      await ctx.jobs.send(
        tx,
        buildIndex,
        { knowledgeBaseId: version.knowledgeBaseId },
        { afterSeconds: INDEX_AFTER_SECONDS },
      );
    return true;
  });
  return swapped !== null;
}
