import { inject } from 'vitest';
import { readConfig } from '../../../core/config.ts';
import { createContext, type Context } from '../../../core/context.ts';
import { silentLog } from '../../../core/log.ts';
import { openDatabase } from '../../../core/storage/database.ts';

/** Does something beside the running program, on its data, as the commands of the terminal do. */
export async function beside<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
  const { folder, url } = inject('portal');
  const config = readConfig({ DATA_DIR: folder, PUBLIC_URL: url, OLLAMA_DISCOVERY: 'off' });
  const database = await openDatabase(config, { log: silentLog });
  try {
    const ctx = await createContext(config, database.connection, { log: silentLog });
    try {
      return await work(ctx);
    } finally {
      await ctx.close();
    }
  } finally {
    await database.close();
  }
}
