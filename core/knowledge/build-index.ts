import { z } from 'zod';
import type { Context } from '../context.ts';
import type { KnowledgeBaseId } from '../ids.ts';
import { defineJob } from '../jobs/job.ts';
import { partitionOf } from './knowledge-bases.sql.ts';
import { createVectorIndex, dropVectorIndex, vectorIndexOf } from './partitions.sql.ts';

/** More dimensions than that do not fit into an index of half-precision vectors. */
const MOST_DIMENSIONS = 4_000;

/** Builds the vector index of a knowledge base that has grown, beside the searches. */
export const buildIndex = defineJob({
  name: 'build-index',
  input: z.object({ knowledgeBaseId: z.uuid() }),
  attempts: 5,
  retrySeconds: 30,
  retrySecondsMax: 600,
  timeoutSeconds: 3_600,
  concurrency: 1,
  run: (ctx, { knowledgeBaseId }) => indexVectors(ctx, knowledgeBaseId),
});

/** Does nothing on the embedded database: building takes it seconds in which nobody is served, and exact search is quick there. */
export async function indexVectors(ctx: Pick<Context, 'pool' | 'config' | 'log'>, id: KnowledgeBaseId): Promise<void> {
  if (ctx.config.EMBEDDED) return;
  const found = await partitionOf(ctx.pool, id);
  if (!found?.partitioned || found.dimensions === null || found.dimensions > MOST_DIMENSIONS) return;
  const index = await vectorIndexOf(ctx.pool, id);
  if (index === 'ready') return;
  if (index === 'broken') await dropVectorIndex(ctx.pool, id);
  const startedAt = performance.now();
  await createVectorIndex(ctx.pool, id, found.dimensions);
  ctx.log.info({ knowledgeBaseId: id, durationMs: Math.round(performance.now() - startedAt) }, 'index_built');
}
