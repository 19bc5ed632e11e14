import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mintScope, type AccessScope } from '../../../core/access/scope.ts';
import { systemClock } from '../../../core/clock.ts';
import { readConfig } from '../../../core/config.ts';
import type { Context } from '../../../core/context.ts';
import { newId, type KnowledgeBaseId } from '../../../core/ids.ts';
import { createJobs } from '../../../core/jobs/queue.ts';
import { documentStatus, type DocumentStatus } from '../../../core/knowledge/documents.ts';
import { createExtractor } from '../../../core/knowledge/extraction-process/extractor.ts';
import { createKnowledgeBase } from '../../../core/knowledge/knowledge-bases.ts';
import { acceptUpload, type Accepted } from '../../../core/knowledge/uploads.ts';
import { silentLog } from '../../../core/log.ts';
import { createFileStore } from '../../../core/storage/files.ts';
import { createLive } from '../../../core/storage/live.ts';
import { startWorkers } from '../../../workers/main.ts';
import { FAKE_EMBEDDER, fakeEmbedder } from '../../fakes/embedder.ts';
import type { FreshDatabase } from '../../setup/database.ts';

export const COMMAND_LINE = { personId: null, surface: 'command_line' } as const;

export type Installation = {
  ctx: Context;
  embedder: ReturnType<typeof fakeEmbedder>;
  /** Where its files lie. */
  folder: string;
  /** A knowledge base of its own name, and the scope that holds it and nothing else. */
  aKnowledgeBase(name?: string): Promise<{ id: KnowledgeBaseId; name: string; scope: AccessScope }>;
  upload(knowledgeBaseId: KnowledgeBaseId, name: string, text: string | Uint8Array): Promise<Accepted>;
  /** Waits until a document's latest version is ready, has failed, or `until` says so. */
  settled(scope: AccessScope, id: string, until?: (status: DocumentStatus) => boolean): Promise<DocumentStatus>;
  work(): Promise<void>;
  close(): Promise<void>;
};

/** The parts that documents and searches go through, all real but the embedding model. Workers run after `work`. */
export async function anInstallation(
  database: Pick<FreshDatabase, 'pool'>,
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-files-')),
): Promise<Installation> {
  const { pool } = database;
  const embedded = process.env['DATABASE_URL'] === undefined;
  const { REDIS_URL } = process.env;
  const settings = { DATA_DIR: folder, ...(REDIS_URL === undefined ? {} : { REDIS_URL }) };
  const config = { ...readConfig(settings), EMBEDDED: embedded };
  const live = createLive(config, silentLog);
  const embedder = fakeEmbedder();
  const extractor = createExtractor({ processes: 1, timeoutMs: 30_000, memoryBytes: 1_000_000_000, log: silentLog });
  const jobs = await createJobs({ pool, log: silentLog, embedded });
  const ctx = {
    config,
    pool,
    log: silentLog,
    clock: systemClock,
    jobs,
    extractor,
    files: createFileStore(config),
    live,
    models: { embedder: async () => embedder, embeddingModelForNew: () => FAKE_EMBEDDER },
  } as unknown as Context;
  let workers: { stop(): void } | undefined;
  let made = 0;
  return {
    ctx,
    embedder,
    folder,
    async aKnowledgeBase(name = `Knowledge ${(made += 1)} ${newId().slice(-6)}`) {
      const knowledgeBase = await createKnowledgeBase(
        ctx,
        { name, ownerKind: 'person', ownerId: newId() },
        COMMAND_LINE,
      );
      return { ...knowledgeBase, scope: mintScope(newId(), [knowledgeBase.id]) };
    },
    upload: (knowledgeBaseId, name, text) =>
      acceptUpload(ctx, { ...COMMAND_LINE, knowledgeBaseId, name, content: Buffer.from(text) }),
    async settled(scope, id, until = ({ stage }) => stage === 'ready' || stage === 'failed') {
      for (;;) {
        const status = await documentStatus(ctx, scope, id);
        if (until(status)) return status;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async work() {
      workers = await startWorkers(ctx);
    },
    async close() {
      workers?.stop();
      await jobs.close();
      await Promise.all([extractor.close(), live.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
