import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from 'pg';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { takeLock } from './lock.ts';
import type { Places } from './places.ts';
import { isForeign, makeFolder, placesOf } from './places.ts';
import type { ServerNews } from './server.ts';
import { startup } from './wire.ts';

const OPEN_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 50;
/** Longer than the process waits for another client before it ends. */
const LAST_CLIENT_GRACE_MS = 600;
const READY_FOR_QUERY = 0x5a;

export type Embedded = Readonly<{
  /** For `createPool`. */
  connection: Pick<PoolConfig, 'host' | 'port' | 'user' | 'database'>;
  /** True where this call started the database's process. */
  owned: boolean;
  /** Lets go. The database's process writes everything down and ends with its last client; one that this call started is waited for. */
  close(): Promise<void>;
}>;

export type OpenEmbedded = Readonly<{
  /** Absolute. */
  dataDir: string;
  log: Log;
  /** Refuses where another process has asked for the same: for `npm start`. */
  startOnly?: boolean;
  /** A tar of a data directory that a new database begins with. */
  snapshot?: string;
}>;

/**
 * Connects to the embedded database of a data folder, and starts its process where none answers. The process lives as long
 * as anyone is connected; it is started again should it break while this is open.
 * @throws AppError 'data_in_use' for a second `startOnly`, 'bad_setting' for a folder that can't be written or holds other data.
 */
export async function openEmbedded(options: OpenEmbedded): Promise<Embedded> {
  const places = placesOf(options.dataDir);
  if (isForeign(places.socketFolder))
    throw new AppError(
      'bad_setting',
      `${places.socketFolder} can be written to by other users of this machine: remove it, or set DATA_DIR to another folder`,
    );
  const letStartGo = options.startOnly ? takeStart(options.dataDir, places) : () => {};
  let closing = false;
  let { keeper, child } = await reach(options, places).catch((error: unknown) => {
    letStartGo();
    throw error;
  });
  const owned = child !== null;

  const watch = (socket: net.Socket) =>
    socket.once('close', () => {
      if (closing) return;
      options.log.error({ part: 'database' }, 'embedded database ended, starting it again');
      void reach(options, places).then(
        (again) => {
          ({ keeper, child } = again);
          watch(keeper);
          if (closing) keeper.destroy();
        },
        (error: unknown) => options.log.error({ part: 'database', error }, 'embedded database does not start'),
      );
    });
  watch(keeper);

  return {
    connection: { host: places.socketFolder, port: 5432, user: 'postgres', database: 'postgres' },
    owned,
    async close() {
      closing = true;
      keeper.destroy();
      if (child) await ended(child, places);
      letStartGo();
    },
  };
}

function takeStart(dataDir: string, places: Places): () => void {
  try {
    makeFolder(path.dirname(places.startLock));
    const letGo = takeLock(places.startLock);
    if (letGo) return letGo;
  } catch (error) {
    throw unwritable(dataDir, error);
  }
  throw new AppError(
    'data_in_use',
    `Another Gatehouse already runs on ${dataDir}: stop it first, or set DATA_DIR to another folder`,
  );
}

/** The database's process, started if need be, and a connection that keeps it alive. */
async function reach(
  options: OpenEmbedded,
  places: Places,
): Promise<{ keeper: net.Socket; child: ChildProcess | null }> {
  const deadline = Date.now() + OPEN_WITHIN_MS;
  let child: ChildProcess | null = null;
  while (Date.now() < deadline) {
    const keeper = await connect(places.socket, deadline - Date.now());
    if (keeper) return { keeper, child };
    child = start(options);
    const told = await news(child);
    if (told.news === 'failed') throw failure(options.dataDir, told);
    // Another process opens the files at this moment, or is about to let them go: its socket will tell.
    if (told.news === 'locked') {
      child = null;
      await sleep(LOOK_AGAIN_MS);
    }
  }
  throw new AppError('database_unreachable', `The embedded database in ${options.dataDir} does not answer`);
}

function start(options: OpenEmbedded): ChildProcess {
  const child = fork(
    fileURLToPath(new URL('./server.ts', import.meta.url)),
    [options.dataDir, ...(options.snapshot ? [options.snapshot] : [])],
    // Nothing of this process's terminal or pipes: it may have to outlive this process.
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] },
  );
  child.unref();
  return child;
}

function news(child: ChildProcess): Promise<ServerNews> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as ServerNews));
    child.once('error', (error) => resolve({ news: 'failed', reason: 'other', detail: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ news: 'failed', reason: 'other', detail: `its process ended with ${signal ?? code}` }),
    );
  });
}

/** A connection that was greeted, or null where nobody listens. It does not keep this process alive. */
async function connect(socketPath: string, withinMs: number): Promise<net.Socket | null> {
  const socket = net.connect(socketPath);
  const greeted = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.setTimeout(withinMs, () => resolve(false));
    socket.once('connect', () =>
      socket.write(startup({ user: 'postgres', database: 'postgres', application_name: 'keeper' })),
    );
    socket.on('data', (bytes) => bytes[bytes.length - 6] === READY_FOR_QUERY && resolve(true));
  });
  if (!greeted) socket.destroy();
  else
    socket
      .setTimeout(0)
      .on('error', () => {})
      .unref();
  return greeted ? socket : null;
}

/** Waits until the process has ended, unless it goes on for others, which its socket tells. */
async function ended(child: ChildProcess, places: Places): Promise<void> {
  const over = () => child.exitCode !== null || child.signalCode !== null;
  for (let waitedMs = 0; !over(); waitedMs += LOOK_AGAIN_MS) {
    await sleep(LOOK_AGAIN_MS);
    if (waitedMs >= LAST_CLIENT_GRACE_MS && (await listens(places.socket))) return;
  }
}

const listens = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const unwritable = (dataDir: string, cause: unknown): AppError =>
  new AppError(
    'bad_setting',
    `DATA_DIR ${dataDir} cannot be written to: choose a folder of your own, or give this user the right`,
    { cause },
  );

function failure(dataDir: string, told: Extract<ServerNews, { news: 'failed' }>): AppError {
  if (told.reason === 'folder') return unwritable(dataDir, told.detail);
  if (told.reason === 'version')
    return new AppError(
      'bad_setting',
      `The data in ${dataDir} are of PostgreSQL ${told.detail}: use the Gatehouse that wrote them, or set DATA_DIR to another folder`,
    );
  return new AppError('database_unreachable', `The embedded database in ${dataDir} does not start: ${told.detail}`);
}
