import type { Context } from '../context.ts';
import { ingestVersion } from './ingest.ts';
import { deleteDocumentFiles } from './deletion.ts';
import { dropKnowledgeBase } from './knowledge-bases.ts';
import * as store from './sweep.sql.ts';

/** A file that no version names after this long came from an upload that never ended. */
const ORPHAN_AFTER_MS = 86_400_000;
const KEYS_AT_ONCE = 1_000;

/**
 * Finds what has no job any more although something is left to do, and gives it one; says of versions whose job failed
 * for good that they did. Files without a version go after a day.
 */
export async function sweep(ctx: Pick<Context, 'pool' | 'jobs' | 'files' | 'clock'>): Promise<void> {
  await store.failAbandoned(ctx.pool, ingestVersion.name);
  for (const versionId of await store.versionsWithoutJob(ctx.pool, ingestVersion.name))
    await ctx.jobs.send(ctx.pool, ingestVersion, { versionId }, { key: versionId });
  for (const documentId of await store.deletedDocuments(ctx.pool, deleteDocumentFiles.name))
    await ctx.jobs.send(ctx.pool, deleteDocumentFiles, { documentId }, { key: documentId });
  for (const knowledgeBaseId of await store.deletedKnowledgeBases(ctx.pool, dropKnowledgeBase.name))
    await ctx.jobs.send(ctx.pool, dropKnowledgeBase, { knowledgeBaseId }, { key: knowledgeBaseId });
}

/** Deletes files that belong to no version. Looks at every file, so once at the start of the workers is enough. */
export async function sweepFiles(ctx: Pick<Context, 'pool' | 'files' | 'clock'>): Promise<number> {
  const before = ctx.clock.now().getTime() - ORPHAN_AFTER_MS;
  let deleted = 0;
  let keys: string[] = [];
  const sweepKeys = async (): Promise<void> => {
    for (const key of await store.keysOfNoVersion(ctx.pool, keys)) {
      await ctx.files.delete(key);
      deleted += 1;
    }
    keys = [];
  };
  for await (const key of ctx.files.keys()) {
    // The first 48 bits of our ids are the time at which they were made.
    if (Number.parseInt(key.replaceAll('-', '').slice(0, 12), 16) <= before) keys.push(key);
    if (keys.length >= KEYS_AT_ONCE) await sweepKeys();
  }
  await sweepKeys();
  return deleted;
}
