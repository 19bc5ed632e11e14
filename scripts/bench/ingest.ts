import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../core/config.ts';
import { createContext, type Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import { unfinishedVersions } from '../../core/knowledge/documents.sql.ts';
import { createKnowledgeBase } from '../../core/knowledge/knowledge-bases.ts';
import { acceptUpload } from '../../core/knowledge/uploads.ts';
import { silentLog } from '../../core/log.ts';
import { ollamaEmbedder } from '../../core/models/embedders.ts';
import type { Embedder } from '../../core/models/types.ts';
import { startWorkers } from '../../workers/main.ts';
import { benchDatabase } from './database.ts';
import { PAGES, pdfBenchFile } from './pdf-files.ts';
import { benchPdf } from './pdf.ts';
import { rounded, type BenchResult } from './result.ts';
import { randomFrom } from './retrieval-data.ts';

const FILES = 200;
const PASSAGES_OF_A_FILE = 10;
const WARM_UP_FILES = 10;
const LOOK_EVERY_MS = 20;
const OPERATOR = { personId: null, surface: 'command_line' } as const;

/** Open WebUI 0.12.4, well tuned, on such a machine. */
const OPEN_WEBUI = { filesPerSecond: 14, pagesPerSecond: 60 };

/**
 * What ingestion costs. The PDF part: see `benchPdf`. The whole way, upload to searchable, through the queue, the extraction
 * processes and PostgreSQL, over a stub embedder in a process of its own: `filesPerSecond` of 200 Markdown files of 10 passages,
 * `pagesPerSecond` of a PDF of 120 pages. `embeddedPerPassage` is 1 where each passage was embedded once.
 */
export async function benchIngest(): Promise<BenchResult> {
  const pdf = await benchPdf();
  const way = await theWholeWay();
  return {
    figures: { ...prefixed(pdf.figures), ...way },
    reference: { ...prefixed(pdf.reference), ...OPEN_WEBUI },
    ratios: {
      ...pdf.ratios,
      filesPerSecond: rounded(way.filesPerSecond / OPEN_WEBUI.filesPerSecond),
      pagesPerSecond: rounded(way.pagesPerSecond / OPEN_WEBUI.pagesPerSecond),
    },
  };
}

const prefixed = (figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`pdf ${name}`, value]));

async function theWholeWay() {
  const database = await benchDatabase(2);
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bench-'));
  const stub = fork(fileURLToPath(new URL('./answer-stub.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  try {
    const [{ port }] = (await once(stub, 'message')) as [{ port: number }];
    const config = readConfig({
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      PUBLIC_URL: 'http://localhost:3000',
      SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    });
    const base = await createContext(config, { connectionString: database.url }, { log: silentLog });
    const embedder = counting(
      ollamaEmbedder(
        { id: newId(), name: 'stub', kind: 'ollama', baseUrl: `http://127.0.0.1:${port}`, apiKey: null },
        'stub-embed',
      ),
    );
    const ctx: Context = {
      ...base,
      models: { ...base.models, embedder: async () => embedder, embeddingModelForNew: () => embedder.name },
    };
    const workers = await startWorkers(ctx);
    try {
      const { id } = await createKnowledgeBase(ctx, { name: 'Bench', ownerKind: 'person', ownerId: newId() }, OPERATOR);
      await ingested(ctx, id, smallFiles(WARM_UP_FILES, 1));
      embedder.reset();
      const small = await ingested(ctx, id, smallFiles(FILES, 2));
      const large = await ingested(ctx, id, [
        { name: 'plain.pdf', content: await readFile(await pdfBenchFile('plain')) },
      ]);
      return {
        filesPerSecond: rounded(FILES / small.seconds),
        pagesPerSecond: rounded(PAGES / large.seconds),
        passages: small.passages + large.passages,
        embeddedPerPassage: rounded(embedder.embedded() / (small.passages + large.passages), 4),
      };
    } finally {
      workers.stop();
      await base.close();
    }
  } finally {
    stub.disconnect();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

type File = { name: string; content: Uint8Array };

/** From the first byte given to the last passage searchable. */
async function ingested(
  ctx: Context,
  knowledgeBaseId: string,
  files: readonly File[],
): Promise<{ seconds: number; passages: number }> {
  const before = await passagesOf(ctx, knowledgeBaseId);
  const start = performance.now();
  for (const file of files) await acceptUpload(ctx, { ...OPERATOR, knowledgeBaseId, ...file });
  while ((await unfinishedVersions(ctx.pool, knowledgeBaseId)) > 0) await sleep(LOOK_EVERY_MS);
  const seconds = (performance.now() - start) / 1_000;
  const failed = await ctx.db.documentVersion.count({ where: { stage: 'failed' } });
  if (failed > 0) throw new Error(`${failed} files failed`);
  return { seconds, passages: (await passagesOf(ctx, knowledgeBaseId)) - before };
}

const passagesOf = async (ctx: Context, id: string): Promise<number> =>
  (await ctx.db.knowledgeBase.findUniqueOrThrow({ where: { id }, select: { passageCount: true } })).passageCount;

/** Each section of about 650 characters becomes a passage. */
function smallFiles(count: number, seed: number): File[] {
  const random = randomFrom(seed);
  const word = () => `w${Math.floor(5_000 * random() ** 2).toString(36)}`;
  const sentence = () => `${Array.from({ length: 12 }, word).join(' ')}.`;
  const section = (n: number) => `# Section ${n}\n\n${Array.from({ length: 13 }, sentence).join(' ')}\n`;
  return Array.from({ length: count }, (_, index) => ({
    name: `file-${seed}-${index}.md`,
    content: Buffer.from(Array.from({ length: PASSAGES_OF_A_FILE }, (__, n) => section(n)).join('\n')),
  }));
}

function counting(embedder: Embedder): Embedder & { embedded(): number; reset(): void } {
  let embedded = 0;
  return {
    ...embedder,
    // By name, for it is known only after the first vector came.
    get dimensions() {
      return embedder.dimensions;
    },
    embed(texts, signal) {
      embedded += texts.length;
      return embedder.embed(texts, signal);
    },
    embedded: () => embedded,
    reset: () => (embedded = 0),
  };
}
