import { z } from 'zod';
import type { AccessScope } from '../access/scope.ts';
import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { DocumentId, PersonId } from '../ids.ts';
import { defineJob } from '../jobs/job.ts';
import { withTransaction } from '../storage/pool.ts';
import * as deletion from './deletion.sql.ts';
import { embeddingText, textHash } from './embedding-text.ts';
import { demote } from './swap.sql.ts';

const PASSAGES_AT_ONCE = 500;

/** Removes what a deleted document leaves: files, passages beside, vectors in the cache. */
export const deleteDocumentFiles = defineJob({
  name: 'delete-document',
  input: z.object({ documentId: z.uuid() }),
  attempts: 20,
  retrySeconds: 5,
  retrySecondsMax: 300,
  timeoutSeconds: 600,
  concurrency: 1,
  run: (ctx, { documentId }) => removeDocument(ctx, documentId),
});

/**
 * Deletes a document: in this transaction its text leaves every answer, and a version that is being ingested stops; files
 * and caches follow in a job. Who may do it is asked before (`knowledge.manage`).
 * @throws AppError 'not_found', also for a document outside the scope
 */
export async function deleteDocument(
  ctx: Pick<Context, 'pool' | 'jobs' | 'live'>,
  scope: AccessScope,
  id: DocumentId,
  by: Readonly<{ personId: PersonId | null; surface: AuditEntry['surface'] }>,
): Promise<void> {
  const knowledgeBaseId = await withTransaction(ctx.pool, async (tx) => {
    const document = await deletion.markDeleted(tx, scope.knowledgeBaseIds, id);
    if (!document) throw notFound('document');
    if (document.liveVersionId !== null) await demote(tx, document.knowledgeBaseId, document.liveVersionId);
    await ctx.jobs.send(tx, deleteDocumentFiles, { documentId: id }, { key: id });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'document.deleted',
      subjectKind: 'document',
      subjectId: id,
      detail: { knowledgeBaseId: document.knowledgeBaseId },
    });
    return document.knowledgeBaseId;
  });
  ctx.jobs.wake(deleteDocumentFiles);
  ctx.live.publish(`knowledge:${knowledgeBaseId}`, id);
}

/** Everything of a deleted document goes, its rows last: a try that breaks off is taken up where it was. */
export async function removeDocument(ctx: Pick<Context, 'pool' | 'files'>, id: DocumentId): Promise<void> {
  for (const version of await deletion.versionsOfDeleted(ctx.pool, id)) {
    for (let from = 0; ; from += PASSAGES_AT_ONCE) {
      const passages = await deletion.textsOf(ctx.pool, version, from, PASSAGES_AT_ONCE);
      const hashes = passages.map((passage) => textHash(embeddingText(version.fileName, passage)));
      await deletion.forgetVectors(ctx.pool, version.embeddingModel, hashes);
      if (passages.length < PASSAGES_AT_ONCE) break;
    }
    await ctx.files.delete(version.fileKey);
  }
  await deletion.removeDocument(ctx.pool, id);
}
