import type { Readable } from 'node:stream';
import type { NamePosition } from '../access/actor.ts';
import type { AccessScope } from '../access/scope.ts';
import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { DocumentId, KnowledgeBaseId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import { unfinishedDocuments } from './catalogue.sql.ts';
import {
  documentById,
  documentsById,
  documentsOf,
  queueAgain,
  versionOpen,
  type DocumentRow,
} from './documents.sql.ts';
import { ingestVersion } from './ingest.ts';

/**
 * A document as its latest version stands. `liveVersion`: the one that answers now, where that is another. `error`: of a
 * failed version, or of a try that will be repeated.
 */
export type DocumentStatus = Readonly<
  Omit<DocumentRow, 'errorCode' | 'errorMessage'> & { error?: { code: string; message: string } }
>;

/** @throws AppError 'not_found', also for a document outside the scope */
export async function documentStatus(
  ctx: Pick<Context, 'pool'>,
  scope: AccessScope,
  id: DocumentId,
): Promise<DocumentStatus> {
  const found = await documentById(ctx.pool, scope.knowledgeBaseIds, id);
  if (!found) throw notFound('document');
  return statusOf(found);
}

/** Those of these documents that are within the scope: for whoever watches an upload. */
export const documentStatuses = async (
  ctx: Pick<Context, 'pool'>,
  scope: AccessScope,
  ids: readonly DocumentId[],
): Promise<DocumentStatus[]> => (await documentsById(ctx.pool, scope.knowledgeBaseIds, ids)).map(statusOf);

/**
 * The documents of a knowledge base by name, up to `limit` after `after`.
 * @throws AppError 'not_found' for a knowledge base outside the scope
 */
export async function listDocuments(
  ctx: Pick<Context, 'pool'>,
  scope: AccessScope,
  knowledgeBaseId: KnowledgeBaseId,
  page: { after: NamePosition | null; limit: number },
): Promise<DocumentStatus[]> {
  if (!scope.knowledgeBaseIds.includes(knowledgeBaseId)) throw notFound('knowledge base');
  return (await documentsOf(ctx.pool, knowledgeBaseId, page.after, page.limit)).map(statusOf);
}

/**
 * Puts the failed latest version of a document into the queue again.
 * @throws AppError 'not_found', 'conflict' where it has not failed
 */
export async function retryDocument(
  ctx: Pick<Context, 'pool' | 'jobs'>,
  scope: AccessScope,
  id: DocumentId,
): Promise<DocumentStatus> {
  const status = await documentStatus(ctx, scope, id);
  await withTransaction(ctx.pool, async (tx) => {
    if ((await queueAgain(tx, status.versionId)) === 0)
      throw new AppError('conflict', 'Only what failed can be tried again');
    await ctx.jobs.send(tx, ingestVersion, { versionId: status.versionId }, { key: status.versionId, urgent: true });
  });
  ctx.jobs.wake(ingestVersion);
  return documentStatus(ctx, scope, id);
}

/** The file of the live version, handed out to whoever's scope it is; recorded. @throws AppError 'not_found' */
export async function handOutFile(
  ctx: Pick<Context, 'pool' | 'files'>,
  scope: AccessScope,
  id: DocumentId,
  surface: AuditEntry['surface'],
): Promise<{ name: string; bytes: number; content: Readable }> {
  const found = await versionOpen(ctx.pool, scope.knowledgeBaseIds, id);
  if (!found) throw notFound('document');
  await record(ctx.pool, {
    actorId: scope.personId,
    surface,
    action: 'document.downloaded',
    subjectKind: 'document',
    subjectId: id,
  });
  return { name: found.name, bytes: found.bytes, content: await ctx.files.stream(found.fileKey) };
}

/** Documents of a knowledge base that are on their way, the oldest first. @throws AppError 'not_found' outside the scope */
export async function documentsOnTheWay(
  ctx: Pick<Context, 'pool'>,
  scope: AccessScope,
  id: KnowledgeBaseId,
): Promise<DocumentId[]> {
  if (!scope.knowledgeBaseIds.includes(id)) throw notFound('knowledge base');
  return unfinishedDocuments(ctx.pool, id);
}

function statusOf({ errorCode, errorMessage, ...rest }: DocumentRow): DocumentStatus {
  return errorCode === null ? rest : { ...rest, error: { code: errorCode, message: errorMessage ?? '' } };
}
