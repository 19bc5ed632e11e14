import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PoolConfig } from 'pg';
import { readConfig } from '../../../core/config.ts';
import { createContext, type Context } from '../../../core/context.ts';
import { silentLog } from '../../../core/log.ts';
import { loadSample } from '../../../core/setup/sample.ts';
import { startWorkers } from '../../../workers/main.ts';
import { rememberedEmbeddings } from './remembered-embeddings.ts';

type Ingested = { ctx: Context; failed: string[]; asked: number; saveEmbeddings(): void; close(): Promise<void> };

/** The sample company on this database, all of it ingested with the built-in embedder. */
export async function ingestedSample(connection: PoolConfig): Promise<Ingested> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-sample-'));
  const config = {
    ...readConfig({ DATA_DIR: folder, OLLAMA_DISCOVERY: 'off' }),
    EMBEDDED: process.env['DATABASE_URL'] === undefined,
  };
  const base = await createContext(config, connection, { log: silentLog });
  const embedder = rememberedEmbeddings(await base.models.embedder(base.models.embeddingModelForNew()));
  const ctx: Context = { ...base, models: { ...base.models, embedder: async () => embedder } };
  await loadSample(ctx);
  const workers = await startWorkers(ctx);
  const stages = () => ctx.db.documentVersion.findMany({ select: { stage: true, fileName: true, errorCode: true } });
  const done = new Set(['ready', 'failed', 'superseded']);
  let versions = await stages();
  while (versions.some(({ stage }) => !done.has(stage))) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    versions = await stages();
  }
  return {
    ctx,
    failed: versions
      .filter(({ stage }) => stage === 'failed')
      .map(({ fileName, errorCode }) => `${fileName} ${errorCode}`),
    asked: embedder.asked(),
    saveEmbeddings: () => embedder.save(),
    async close() {
      workers.stop();
      await base.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
