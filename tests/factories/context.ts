import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../../core/config.ts';
import { createContext, type Context } from '../../core/context.ts';
import { silentLog, type Log } from '../../core/log.ts';
import { test as onDatabase, type FreshDatabase } from '../setup/database.ts';

export type TestContext = Context & { close(): Promise<void> };

/** Everything a process has, real, on a fresh database and a folder of its own, and on the Redis of REDIS_URL. No model server is looked for. */
export async function aContext(
  database: FreshDatabase,
  given: { settings?: Record<string, string>; log?: Log } = {},
): Promise<TestContext> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-context-'));
  const { REDIS_URL } = process.env;
  const config = {
    ...readConfig({
      DATA_DIR: folder,
      OLLAMA_DISCOVERY: 'off',
      SAMPLE: '0',
      EXTRACT_PROCESSES: '1',
      // As in a company that has an identity provider, whether a test sets one up or not.
      ADMINS_VOUCH: '0',
      ...(REDIS_URL === undefined ? {} : { REDIS_URL }),
      ...given.settings,
    }),
    EMBEDDED: process.env['DATABASE_URL'] === undefined,
  };
  const ctx = await createContext(config, database.connection, { log: given.log ?? silentLog });
  return {
    ...ctx,
    async close() {
      await ctx.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A test with `ctx`, the whole context on this file's database. */
export const test = onDatabase.extend<{ $file: { ctx: TestContext } }>({
  ctx: [
    async ({ database }, use) => {
      const ctx = await aContext(database);
      await use(ctx);
      await ctx.close();
    },
    { scope: 'file' },
  ],
});
