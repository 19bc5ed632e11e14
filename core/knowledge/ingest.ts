import { z } from 'zod';
import type { Context } from '../context.ts';
import { AppError, asAppError } from '../errors.ts';
import { newId, type VersionId } from '../ids.ts';
import { defineJob, type Attempt } from '../jobs/job.ts';
import { dictionaryFor } from '../retrieval/dictionaries.ts';
import { searchVectors } from '../retrieval/search-text.ts';
import { withTransaction } from '../storage/pool.ts';
import type { Extraction } from './extraction-process/extractor.ts';
import { embedOnce } from './embed-once.ts';
import { embeddingText, textHash } from './embedding-text.ts';
import * as store from './ingest.sql.ts';
import { titleOf } from './names.ts';
import { swapIn } from './swap.ts';

type Needs = Pick<Context, 'pool' | 'files' | 'jobs' | 'models' | 'extractor' | 'log' | 'live' | 'config'>;

/** How often a running job looks whether its document is still wanted, ms. */
const LOOK_EVERY_MS = 1_000;
const PASSAGES_PER_STATEMENT = 200;
/** Where each stage ends on the way from 0 to 1; embedding takes the longest. */
const PROGRESS = { extracting: 0, chunking: 0.3, embedding: 0.35, indexing: 0.9 } as const;

/** Takes a version the whole way from its file to answers. */
export const ingestVersion = defineJob({
  name: 'ingest-version',
  input: z.object({ versionId: z.uuid() }),
  attempts: 12,
  retrySeconds: 2,
  retrySecondsMax: 300,
  timeoutSeconds: 3_600,
  concurrency: 'ingest',
  run: (ctx, { versionId }, attempt) => ingest(ctx, versionId, attempt),
});

/**
 * Ingests a version: read, cut, embedded, written beside the live version and swapped in. Done already, deleted or
 * overtaken by a later version: nothing to do. What its owner has to change fails the version at once, with the reason;
 * anything else is written down, thrown, and so tried again.
 */
export async function ingest(ctx: Needs, versionId: VersionId, attempt: Attempt): Promise<void> {
  const version = await store.versionToIngest(ctx.pool, versionId);
  if (!version) return void (await store.settleOvertaken(ctx.pool, versionId));
  const stop = new AbortController();
  const watch = setInterval(() => void stopUnlessWanted(ctx, version, stop), LOOK_EVERY_MS);
  watch.unref();
  const signal = AbortSignal.any([attempt.signal, stop.signal]);
  try {
    if (attempt.number > ingestVersion.attempts) throw ENDED_TOO_OFTEN();
    await through(ctx, version, signal);
  } catch (error) {
    if (error instanceof NoLongerWanted || stop.signal.aborted)
      return void (await store.settleOvertaken(ctx.pool, versionId));
    // The process stops, or another has the job: nothing that the owner would have to know.
    if (attempt.signal.aborted) throw error;
    const known = asAppError(error);
    const final = isFinal(known) || attempt.last;
    await store.noteError(ctx.pool, versionId, known, final);
    tell(ctx, version);
    if (!isFinal(known)) throw error;
    ctx.log.info({ versionId, code: known.code, job: ingestVersion.name }, 'version_failed');
  } finally {
    clearInterval(watch);
  }
}

/** The document was deleted, or the version overtaken, while it was ingested. */
class NoLongerWanted extends Error {}

const ENDED_TOO_OFTEN = () =>
  new AppError('file_memory', 'The program ended each time while it read this file. Split it into smaller files.');

const isFinal = (error: AppError): boolean => error.code.startsWith('file_');

async function stopUnlessWanted(ctx: Needs, version: store.VersionToIngest, stop: AbortController): Promise<void> {
  const wanted = await store.versionToIngest(ctx.pool, version.id).catch(() => version);
  if (!wanted) stop.abort(new NoLongerWanted());
}

async function through(ctx: Needs, version: store.VersionToIngest, signal: AbortSignal): Promise<void> {
  await stageOf(ctx, version, { stage: 'extracting', progress: PROGRESS.extracting });
  const { document, passages } = await extracted(ctx, version, signal);
  await stageOf(ctx, version, {
    stage: 'chunking',
    progress: PROGRESS.chunking,
    pages: document.pages,
    passages: passages.length,
    language: document.language,
  });
  const embedder = await ctx.models.embedder(version.embeddingModel);
  const texts = passages.map((passage) => embeddingText(version.fileName, passage));
  const dimensions = await embedOnce(ctx.pool, embedder, texts, signal, (share) =>
    stageOf(ctx, version, {
      stage: 'embedding',
      progress: PROGRESS.embedding + share * (PROGRESS.indexing - PROGRESS.embedding),
    }),
  );
  await stageOf(ctx, version, { stage: 'indexing', progress: PROGRESS.indexing });
  await writeBeside(ctx, version, document.language, passages, texts);
  if (!(await swapIn(ctx, version, dimensions))) throw new NoLongerWanted();
  tell(ctx, version);
}

async function extracted(ctx: Needs, version: store.VersionToIngest, signal: AbortSignal): Promise<Extraction> {
  const bytes = await ctx.files.get(version.fileKey);
  const input = { knowledgeBaseId: version.knowledgeBaseId, name: version.fileName, bytes, signal };
  const extraction = await ctx.extractor.extract(input);
  if (extraction.passages.length === 0)
    throw new AppError(
      'file_no_text',
      'No text was found in the file. If it is a scan, run text recognition (OCR) on it and upload the result.',
    );
  return { ...extraction, passages: extraction.passages.map(storable) };
}

/** PostgreSQL takes neither the character 0 nor half a surrogate pair. */
const storable = (passage: Extraction['passages'][number]): Extraction['passages'][number] => ({
  ...passage,
  heading: passage.heading === null ? null : clean(passage.heading),
  text: clean(passage.text),
});
const clean = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** The passages as they will be live, where no search looks. What an earlier try left there is replaced. */
async function writeBeside(
  ctx: Needs,
  version: store.VersionToIngest,
  language: string | null,
  passages: Extraction['passages'],
  texts: readonly string[],
): Promise<void> {
  const title = titleOf(version.fileName);
  const search = await searchVectors(
    ctx.pool,
    dictionaryFor(language),
    passages.map(({ heading, text }) => ({ title, heading, text })),
  );
  const rows = passages.map((passage, index) => ({
    id: newId(),
    ordinal: passage.ordinal,
    page: passage.page,
    pageEnd: passage.pageEnd,
    heading: passage.heading,
    text: passage.text,
    rects: passage.rects,
    search: search[index] ?? '',
    hash: textHash(texts[index] ?? '').toString('hex'),
  }));
  await withTransaction(ctx.pool, async (tx) => {
    if (!(await store.holdBeside(tx, version.id))) throw new NoLongerWanted();
    for (let from = 0; from < rows.length; from += PASSAGES_PER_STATEMENT) {
      const part = rows.slice(from, from + PASSAGES_PER_STATEMENT);
      const written = await store.writeBeside(tx, version, part);
      if (written !== part.length) throw new AppError('internal', 'Some vectors were gone; this file is tried again');
    }
  });
}

async function stageOf(ctx: Needs, version: store.VersionToIngest, change: store.StageChange): Promise<void> {
  if ((await store.setStage(ctx.pool, version.id, change)) === 0) throw new NoLongerWanted();
  tell(ctx, version);
}

/** Whoever watches the knowledge base looks again; the message holds no more than which document. */
const tell = (ctx: Needs, version: store.VersionToIngest): void =>
  ctx.live.publish(`knowledge:${version.knowledgeBaseId}`, version.documentId);
