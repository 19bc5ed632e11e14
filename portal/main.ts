import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../core/config.ts';
import { createContext, type Context } from '../core/context.ts';
import { createLog } from '../core/log.ts';
import { openDatabase } from '../core/storage/database.ts';
import { createApi } from './api/app.ts';
import { closeServer } from './api/close-server.ts';

/**
 * Serves API and portal on an address of its own; `port` 0 takes a free one. `stop` cuts what takes longer than a moment,
 * unless it is given how to tell it.
 */
export async function startPortal(
  ctx: Context,
  address: { host: string; port: number } = { host: ctx.config.HOST, port: ctx.config.PORT },
): Promise<{ port: number; stop(aboutToStop?: () => void): Promise<void> }> {
  const server = createServer(createApi(ctx, { withPortal: true }));
  // A little longer than proxies keep theirs, so that none sends into a connection that is just being closed.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (aboutToStop = () => server.closeAllConnections()) => closeServer(server, aboutToStop),
  };
}

if (import.meta.main) {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL);
  const database = await openDatabase(config, { log });
  const ctx = await createContext(config, database.connection, { log });
  const portal = await startPortal(ctx);
  log.info({ part: 'portal', port: portal.port }, 'listening');
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void portal
        .stop(() => ctx.aboutToStop())
        .then(() => ctx.close())
        .then(() => database.close());
    });
}
