import { z } from 'zod';
import { demandOwner } from '../access/ownership.ts';
import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type KnowledgeBaseId, type PersonId } from '../ids.ts';
import { defineJob } from '../jobs/job.ts';
import { withTransaction } from '../storage/pool.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import { removeDocument } from './deletion.ts';
import * as store from './knowledge-bases.sql.ts';
import { dropPassages } from './partitions.ts';

/** Who does it, and where it came in. Whether they may is asked before. */
type By = Readonly<{ personId: PersonId | null; surface: AuditEntry['surface'] }>;

export type KnowledgeBaseToMake = Readonly<{
  name: string;
  description?: string;
  ownerKind: 'person' | 'group';
  ownerId: string;
  answerPolicy?: AnswerPolicy;
  notice?: string;
  discoverable?: boolean;
  fromSample?: boolean;
}>;

/**
 * Makes an empty knowledge base, private to its owner, with the embedding model that new ones get.
 * @throws AppError 'conflict' when the name is taken
 */
export async function createKnowledgeBase(
  ctx: Pick<Context, 'pool' | 'models'>,
  wanted: KnowledgeBaseToMake,
  by: By,
): Promise<{ id: KnowledgeBaseId; name: string }> {
  const name = wanted.name.trim().replace(/\s+/g, ' ');
  if (name === '') throw new AppError('bad_input', 'A knowledge base needs a name');
  const id = newId();
  await withTransaction(ctx.pool, async (tx) => {
    const made = await store.insertKnowledgeBase(tx, {
      id,
      name,
      description: wanted.description ?? '',
      ownerKind: wanted.ownerKind,
      ownerId: wanted.ownerId,
      creatorId: by.personId,
      embeddingModel: ctx.models.embeddingModelForNew(),
      answerPolicy: wanted.answerPolicy ?? 'sources_only',
      notice: wanted.notice ?? '',
      discoverable: wanted.discoverable ?? false,
      fromSample: wanted.fromSample ?? false,
    });
    if (made === 0) throw new AppError('conflict', 'There is a knowledge base of this name already');
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'knowledge_base.created',
      subjectKind: 'knowledge_base',
      subjectId: id,
      detail: { name },
    });
  });
  return { id, name };
}

/** Removes what a deleted knowledge base leaves: its partition, documents, files, terms and grants. */
export const dropKnowledgeBase = defineJob({
  name: 'drop-knowledge-base',
  input: z.object({ knowledgeBaseId: z.uuid() }),
  attempts: 20,
  retrySeconds: 5,
  retrySecondsMax: 300,
  timeoutSeconds: 3_600,
  concurrency: 1,
  run: (ctx, { knowledgeBaseId }) => dropAll(ctx, knowledgeBaseId),
});

/**
 * Deletes a knowledge base, as its owner does and nobody else: from this moment on nothing reads it; its text is removed by
 * a job within moments. @throws AppError 'not_found', 'forbidden' for who only manages it, by a grant or a break-glass.
 */
export async function deleteKnowledgeBase(
  ctx: Pick<Context, 'pool' | 'jobs' | 'clock'>,
  id: KnowledgeBaseId,
  by: By,
): Promise<void> {
  await demandOwner(ctx, by, id);
  await withdrawKnowledgeBase(ctx, id, by);
}

/** The same without asking whose it is, for the removal of the sample. @throws AppError 'not_found'. */
export async function withdrawKnowledgeBase(
  ctx: Pick<Context, 'pool' | 'jobs'>,
  id: KnowledgeBaseId,
  by: By,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    if ((await store.markDeleted(tx, id)) === 0) throw notFound('knowledge base');
    await ctx.jobs.send(tx, dropKnowledgeBase, { knowledgeBaseId: id }, { key: id });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'knowledge_base.deleted',
      subjectKind: 'knowledge_base',
      subjectId: id,
    });
  });
  ctx.jobs.wake(dropKnowledgeBase);
}

async function dropAll(ctx: Pick<Context, 'pool' | 'files' | 'log'>, id: KnowledgeBaseId): Promise<void> {
  if (!(await store.isMarkedDeleted(ctx.pool, id))) return;
  // The documents first: which vectors the cache has to forget is told by their texts.
  for (const documentId of await store.documentIdsOf(ctx.pool, id)) await removeDocument(ctx, documentId);
  if (!(await dropPassages(ctx, id)))
    throw new AppError('internal', 'Searches kept the partition busy; it is tried again');
  await withTransaction(ctx.pool, (tx) => store.removeKnowledgeBase(tx, id));
}
