import { readConfig } from '../../core/config.ts';
import { createContext, type Context } from '../../core/context.ts';
import { silentLog } from '../../core/log.ts';
import { openDatabase } from '../../core/storage/database.ts';

/** Opens the installation for one command, beside a running start or without one, and closes it after `work`. */
export async function withInstallation<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
  const config = readConfig();
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
