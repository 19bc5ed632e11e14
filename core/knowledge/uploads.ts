import type { Readable } from 'node:stream';
import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type DocumentId, type KnowledgeBaseId, type PersonId, type VersionId } from '../ids.ts';
import type { StoredFile } from '../storage/files.ts';
import { withTransaction } from '../storage/pool.ts';
import type { Queryable } from '../storage/sql.ts';
import { recogniseFormat } from './extract/recognise.ts';
import { MAX_FILE_BYTES, refusals } from './extract/refusals.ts';
import { ingestVersion } from './ingest.ts';
import { cleanName, compareRevisions, revisionOf } from './names.ts';
import * as uploads from './uploads.sql.ts';

type Needs = Pick<Context, 'pool' | 'files' | 'jobs'>;

/** `personId` null: the operator, at the command line. `asVersionOf`: of this document whatever the file's name. */
export type Upload = Readonly<{
  knowledgeBaseId: KnowledgeBaseId;
  personId: PersonId | null;
  surface?: AuditEntry['surface'];
  name: string;
  content: Uint8Array | Readable;
  asVersionOf?: DocumentId;
}>;

/** `known`: the same content is there already, so nothing was added and nothing is to do. */
export type Accepted = Readonly<{
  id: DocumentId;
  name: string;
  version: number;
  versionId: VersionId;
  stage: string;
  known: boolean;
}>;

/**
 * Takes a file: stored, its document, version and job written in one transaction, so that what was accepted is never
 * lost. A file of a known name, or of a known name apart from its revision, becomes the next version of that document.
 * Who may do this is asked before (`knowledge.contribute`). A refused stream is read to its end.
 * @throws AppError file_* with the reason, 'bad_input' for a name that is none, 'not_found', 'conflict' for an older revision
 */
export async function acceptUpload(ctx: Needs, upload: Upload): Promise<Accepted> {
  const name = cleanName(upload.name);
  if (name === '') throw new AppError('bad_input', 'The file has no name');
  const versionId = newId();
  const stored = await ctx.files.put(versionId, upload.content, MAX_FILE_BYTES);
  let accepted: Accepted | undefined;
  try {
    if (!stored.kept) throw refusals.tooLarge(stored.bytes);
    const format = recogniseFormat(name, stored.head, stored.bytes);
    accepted = await withTransaction(ctx.pool, (tx) => write(ctx, tx, { ...upload, name, versionId, stored, format }));
  } finally {
    if (stored.kept && (accepted === undefined || accepted.known)) await ctx.files.delete(versionId);
  }
  if (!accepted.known) ctx.jobs.wake(ingestVersion);
  return accepted;
}

type Stored = Upload & { versionId: VersionId; stored: StoredFile; format: string };

async function write(ctx: Needs, tx: Queryable, upload: Stored): Promise<Accepted> {
  const { knowledgeBaseId, personId, name, versionId, stored } = upload;
  await uploads.lockName(tx, knowledgeBaseId, revisionOf(name)?.series ?? name.toLowerCase());
  if (!(await uploads.knowledgeBaseIsThere(tx, knowledgeBaseId))) throw notFound('knowledge base');
  const same = await uploads.sameContent(tx, knowledgeBaseId, stored.sha256);
  if (same && (upload.asVersionOf === undefined || upload.asVersionOf === same.id)) return { ...same, known: true };

  const earlier = await earlierVersion(tx, upload);
  if (earlier && 'known' in earlier) return { ...earlier, known: true };
  const documentId = earlier?.id ?? newId();
  if (!earlier) await uploads.insertDocument(tx, { id: documentId, knowledgeBaseId, name, personId });
  const version = (earlier?.version ?? 0) + 1;
  await uploads.insertVersion(tx, {
    id: versionId,
    documentId,
    version,
    fileName: name,
    sha256: stored.sha256,
    bytes: stored.bytes,
    format: upload.format,
    personId,
  });
  await ctx.jobs.send(tx, ingestVersion, { versionId }, { key: versionId, urgent: personId !== null });
  await record(tx, {
    actorId: personId,
    surface: upload.surface ?? 'portal',
    action: 'document.uploaded',
    subjectKind: 'document',
    subjectId: documentId,
    detail: { knowledgeBaseId, versionId, version, bytes: stored.bytes, sha256: stored.sha256.toString('hex') },
  });
  return { id: documentId, name, version, versionId, stage: 'queued', known: false };
}

/** The version before this one; as `known` where this content itself was an earlier version already. */
async function earlierVersion(
  tx: Queryable,
  upload: Stored,
): Promise<uploads.KnownDocument | (uploads.KnownDocument & { known: true }) | null> {
  const { knowledgeBaseId, name, asVersionOf } = upload;
  if (asVersionOf !== undefined) {
    const chosen = await uploads.latestOf(tx, knowledgeBaseId, { id: asVersionOf });
    if (!chosen) throw notFound('document');
    return chosen;
  }
  const named = await uploads.latestOf(tx, knowledgeBaseId, { name });
  const revision = revisionOf(name);
  if (!revision) return named;
  const others = (await uploads.namedLike(tx, knowledgeBaseId, revision.before))
    .map((known) => ({ known, revision: revisionOf(known.fileName) }))
    .filter((each) => each.revision?.series === revision.series);
  const newer = others.find((each) => each.revision !== null && compareRevisions(each.revision, revision) > 0);
  // An older revision that came late must not replace the newer one.
  if (newer && !named) {
    const superseded = await uploads.hadContent(tx, newer.known.id, upload.stored.sha256);
    if (superseded) return { ...superseded, known: true };
    throw new AppError('conflict', `A newer revision of this document is here already: ${newer.known.fileName}`);
  }
  const document = named ?? others[0]?.known;
  return document ? uploads.latestOf(tx, knowledgeBaseId, { id: document.id }) : null;
}
