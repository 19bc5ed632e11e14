import { createServer, type Server } from 'node:http';
import express from 'express';
import { startBots } from '../bots/main.ts';
import { readConfig, type Config } from '../core/config.ts';
import { createContext } from '../core/context.ts';
import { AppError } from '../core/errors.ts';
import { createLog } from '../core/log.ts';
import { syncEnvironmentModels } from '../core/setup/environment-models.ts';
import { firstRun } from '../core/setup/first-run.ts';
import { readFirstSignIn } from '../core/setup/first-sign-in.ts';
import { readSample } from '../core/setup/sample.ts';
import { samplePeople } from '../core/setup/setup.sql.ts';
import { openDatabase } from '../core/storage/database.ts';
import { createApi } from '../portal/api/app.ts';
import { closeServer } from '../portal/api/close-server.ts';
import { startWorkers } from '../workers/main.ts';
import { checkDataDir } from './start/data-dir.ts';
import { introduction } from './start/introduction.ts';
import { command } from './command.ts';
import { complain, say } from './terminal/lines.ts';
import { showIngestion } from './terminal/progress.ts';

/** How long an idle connection is kept, ms. */
const KEEP_ALIVE_MS = 75_000;

/** A terminal, npm and the launcher each pass one Ctrl-C on: what comes within this time is the same one, ms. */
const SAME_CTRL_C_MS = 2_000;

await command(async () => {
  const config = readConfig();
  await checkDataDir(config.DATA_DIR);
  const stopped = stopSignal();
  const server = await listen(config);
  const log = createLog(process.stdout.isTTY && process.env.LOG_LEVEL === undefined ? 'warn' : config.LOG_LEVEL);
  const closing: (() => Promise<unknown> | unknown)[] = [];
  let aboutToStop = () => {};
  try {
    const database = await openDatabase(config, { log, startOnly: true });
    closing.push(() => database.close());
    const ctx = await createContext(config, database.connection, { log });
    closing.push(() => ctx.close());
    aboutToStop = ctx.aboutToStop;

    const { documents, first } = await firstRun(ctx, database.connection);
    const models = await syncEnvironmentModels(ctx);

    const app = express();
    const parts = new Set(config.PARTS);
    if (parts.has('workers')) closing.push((await startWorkers(ctx)).stop);
    if (parts.has('bots')) closing.push((await startBots(ctx, app)).stop);
    app.use(createApi(ctx, { withPortal: parts.has('portal') }));
    server.removeAllListeners('request');
    server.on('request', app);

    const introduced = introduction(config, {
      versions: database.versions,
      models,
      signIn: first ?? (await readFirstSignIn(config)),
      sampleQuestion: (await readSample()).sampleQuestion,
      sample: await samplePeople(ctx.pool),
    });
    say(introduced);
    if (documents > 0 || process.stdout.isTTY) closing.push(showIngestion(ctx));
    await stopped;
    say('\nStopping');
  } finally {
    // The door first: what is being answered still needs everything behind it.
    await closeServer(server, aboutToStop);
    for (const each of closing.toReversed()) await each();
  }
});

/** Listens at once, so that a taken port is said before anything is opened; answers 503 until the program is there. */
async function listen(config: Config): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(503, { 'Retry-After': '1' }).end('Starting\n'));
  // Longer than a proxy keeps an idle connection, so that it never sends into one that was just closed.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new AppError(
              'bad_setting',
              `PORT ${config.PORT} is taken by another program: stop it, or set PORT to a free one`,
            )
          : error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL'
            ? new AppError(
                'bad_setting',
                `HOST ${config.HOST} and PORT ${config.PORT} cannot be used here (${error.code})`,
              )
            : error,
      ),
    );
    server.listen(config.PORT, config.HOST, resolve);
  });
  return server;
}

/** Resolves at the first Ctrl-C or SIGTERM; a later Ctrl-C ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    const ask = () => {
      askedAt ??= performance.now();
      resolve();
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', () => {
      if (askedAt !== null && performance.now() - askedAt > SAME_CTRL_C_MS) {
        complain('Stopped without waiting');
        process.exit(130);
      }
      ask();
    });
  });
}
