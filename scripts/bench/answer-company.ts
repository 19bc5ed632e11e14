import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createGrant } from '../../core/access/grants.ts';
import { addLocalPerson } from '../../core/access/people.ts';
import { readConfig } from '../../core/config.ts';
import { createContext } from '../../core/context.ts';
import { createApiKey } from '../../core/identity/api-keys.ts';
import { newId } from '../../core/ids.ts';
import { createKnowledgeBase } from '../../core/knowledge/knowledge-bases.ts';
import { acceptUpload } from '../../core/knowledge/uploads.ts';
import { silentLog } from '../../core/log.ts';
import { syncEnvironmentModels } from '../../core/setup/environment-models.ts';
import { ingestionProgress } from '../../core/setup/setup.sql.ts';
import { openDatabase } from '../../core/storage/database.ts';

const PASSAGES = 1_000;
const PER_FILE = 10;
const PEOPLE = 100;
const OPERATOR = { personId: null, surface: 'command_line' } as const;

export type BenchCompany = {
  environment: Record<string, string>;
  /** An API key for each of a hundred people. */
  keys: string[];
  /** Resolves when all passages can be found. */
  ingested(): Promise<void>;
  drop(): Promise<void>;
};

/** A database of its own with a knowledge base of 1,000 passages, each with a code of its own, that a hundred people may read. */
export async function aBenchCompany(
  databaseUrl: string,
  stubUrl: string,
  dataDir: string,
  port: number,
): Promise<BenchCompany> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client(databaseUrl);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const environment = {
    DATABASE_URL: url.toString(),
    DATA_DIR: dataDir,
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    SECRET_KEY: randomBytes(32).toString('base64'),
    OLLAMA_BASE_URL: stubUrl,
    OLLAMA_CHAT_MODEL: 'stub-chat',
    OLLAMA_EMBED_MODEL: 'stub-embed',
    EMBEDDING_MODEL: 'ollama',
    LOG_LEVEL: 'error',
  };
  const config = readConfig(environment);
  const database = await openDatabase(config, { log: silentLog });
  const ctx = await createContext(config, database.connection, { log: silentLog });
  await syncEnvironmentModels(ctx);
  const owner = newId();
  await ctx.db.$transaction((tx) =>
    addLocalPerson(tx, { id: owner, name: 'Owner', email: 'owner@example.com', role: 'user', fromSample: false }),
  );
  const base = await createKnowledgeBase(
    ctx,
    { name: 'Packaging lines', ownerKind: 'person', ownerId: owner },
    OPERATOR,
  );
  await createGrant(
    ctx,
    { personId: owner, surface: 'command_line' },
    { resource: { kind: 'knowledge_base', id: base.id }, to: { kind: 'everyone' }, level: 'use', expiresAt: null },
  );
  const keys: string[] = [];
  for (let i = 0; i < PEOPLE; i += 1) {
    const id = newId();
    await ctx.db.$transaction((tx) =>
      addLocalPerson(tx, {
        id,
        name: `Person ${i}`,
        email: `person-${i}@example.com`,
        role: 'user',
        fromSample: false,
      }),
    );
    keys.push(
      (await createApiKey(ctx, { personId: id, name: 'bench', scopes: ['ask'], days: 1, madeBy: 'command_line' })).key,
    );
  }
  for (let file = 0; file < PASSAGES / PER_FILE; file += 1)
    await acceptUpload(ctx, {
      knowledgeBaseId: base.id,
      personId: null,
      surface: 'command_line',
      name: `Lines-${file}.md`,
      content: Buffer.from(lines(file)),
    });

  return {
    environment,
    keys,
    async ingested() {
      for (let i = 0; i < 1_200; i += 1) {
        const progress = await ingestionProgress(ctx.pool);
        if (progress && progress.done === progress.total) return;
        if (progress && progress.failed > 0) throw new Error(`${progress.failed} files failed`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      throw new Error('ingestion took more than five minutes');
    },
    async drop() {
      await ctx.close();
      await database.close();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** One section, and so one passage, for each of ten lines. */
function lines(file: number): string {
  const sections = Array.from({ length: PER_FILE }, (_, index) => {
    const line = file * PER_FILE + index;
    const id = `L${String(line).padStart(4, '0')}`;
    return [
      `## Line ${id}`,
      `Packaging line ${id} is released by the shift lead with the release code C${line * 7 + 13}X before the first carton is closed.`,
      `It runs at ${40 + (line % 60)} cartons a minute, is cleaned every ${1 + (line % 9)} shifts, and its serialisation camera is calibrated on day ${1 + (line % 28)} of each month.`,
      `When the counter of ${id} differs from the batch record by more than ${1 + (line % 5)} cartons, the line stops and quality assurance is called.`,
    ].join('\n\n');
  });
  return `# Packaging lines, part ${file}\n\n${sections.join('\n\n')}\n`;
}
