import { existsSync, readFileSync, rmSync, writeFileSync, chmodSync, openAsBlob } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { createGate } from './gate.ts';
import { takeLock } from './lock.ts';
import { makeFolder, placesOf } from './places.ts';
import { greetingWithoutKey, startup } from './wire.ts';

/** What the process that started this one hears. */
export type ServerNews =
  | { news: 'ready' }
  | { news: 'locked' }
  | { news: 'failed'; reason: 'folder' | 'version' | 'other'; detail: string };

/** Exit codes; 0 is a clean end with everything written. */
const EXIT = { failed: 1, broken: 70 } as const;

const FIRST_CLIENT_MS = 30_000;
const LAST_CLIENT_MS = 200;
/** Of PGlite's PostgreSQL: it reads no files of another. */
const MAJOR_VERSION = '18';

const FOLDER_TROUBLE = new Set(['EACCES', 'EROFS', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM']);

/** The files are of a PostgreSQL that this one can't read; the message is its version. */
class OtherVersion extends Error {}

const [dataDir = '', snapshot] = process.argv.slice(2);
const places = placesOf(dataDir);

// Ctrl-C in a terminal reaches every process of the group: this one ends when its last client has gone.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});

await main().catch((error: Error & { code?: string }) => {
  const detail = `${error.code ?? ''} ${error.message}`.trim();
  if (error instanceof OtherVersion) tell({ news: 'failed', reason: 'version', detail: error.message }, EXIT.failed);
  else tell({ news: 'failed', reason: FOLDER_TROUBLE.has(error.code ?? '') ? 'folder' : 'other', detail }, EXIT.failed);
});

async function main(): Promise<void> {
  makeFolder(path.dirname(places.databaseLock));
  const unlock = takeLock(places.databaseLock);
  if (!unlock) return tell({ news: 'locked' }, 0);
  makeFolder(places.socketFolder);
  chmodSync(places.socketFolder, 0o700);

  const database = await openFiles();
  const server = net.createServer();
  let ending = false;
  const end = async (exitCode: number) => {
    if (ending) return;
    ending = true;
    server.close();
    gate.end();
    // A checkpoint: everything is in the files, and the next start has nothing to replay.
    await database.close();
    unlock();
    process.exit(exitCode);
  };
  let timer: NodeJS.Timeout | undefined;
  const endSoon = (afterMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void end(0), afterMs);
  };

  const gate = createGate({
    execute: (bytes) => database.execProtocolRawSync(bytes),
    greeting: greetingWithoutKey(
      database.execProtocolRawSync(startup({ user: 'postgres', database: 'postgres', client_encoding: 'UTF8' })),
    ),
    onClients: (count) => (count === 0 ? endSoon(LAST_CLIENT_MS) : clearTimeout(timer)),
    onBroken: (error) => {
      process.stderr.write(`embedded database: ${error instanceof Error ? error.name : 'error'}, ending\n`);
      process.exit(EXIT.broken);
    },
  });
  server.on('connection', (socket) => gate.accept(socket));
  process.on('SIGTERM', () => void end(0));

  // Whoever holds the lock owns the socket's place: what lies there was left by a process that is gone.
  rmSync(places.socket, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(places.socket, resolve));
  chmodSync(places.socket, 0o600);
  endSoon(FIRST_CLIENT_MS);
  tell({ news: 'ready' });
}

async function openFiles(): Promise<PGlite> {
  const version = path.join(places.database, 'PG_VERSION');
  if (existsSync(places.unfinished)) rmSync(places.database, { recursive: true, force: true });
  else if (existsSync(version) && readFileSync(version, 'utf8').trim() !== MAJOR_VERSION)
    throw new OtherVersion(readFileSync(version, 'utf8').trim());
  const fresh = !existsSync(version);
  if (fresh) writeFileSync(places.unfinished, '');
  const database = await PGlite.create({
    dataDir: places.database,
    extensions: { vector },
    ...(fresh && snapshot ? { loadDataDir: await openAsBlob(snapshot) } : {}),
  });
  // PGlite leaves its files open to everyone who reaches them.
  chmodSync(places.database, 0o700);
  rmSync(places.unfinished, { force: true });
  return database;
}

/** Tells the starter, then ends where `exitCode` is given, otherwise lets the starter go: it may end before this process. */
function tell(news: ServerNews, exitCode?: number): void {
  const done = () => (exitCode === undefined ? process.disconnect?.() : process.exit(exitCode));
  if (process.connected) process.send!(news, done);
  else if (exitCode !== undefined) process.exit(exitCode);
}
