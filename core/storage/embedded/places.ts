import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Unix sockets have room for about 104 bytes of path; the folder's share leaves a few for the file's name. */
const LONGEST_SOCKET_BYTES = 100;
const SOCKET_FILE = '.s.PGSQL.5432';

export type Places = Readonly<{
  /** PostgreSQL's own files. */
  database: string;
  /** Where the socket lies, 0700; node-postgres takes it as its host. */
  socketFolder: string;
  socket: string;
  /** Held by the process that has the files open. */
  databaseLock: string;
  /** Held by the one `npm start`. */
  startLock: string;
  /** There while the files are being made, so that a half-made database is never taken for one. */
  unfinished: string;
}>;

/** Where the embedded database of a data folder (absolute) keeps what. */
export function placesOf(dataDir: string): Places {
  const run = path.join(dataDir, 'run');
  const near = path.join(run, SOCKET_FILE);
  const far = path.join(os.tmpdir(), `gatehouse-${createHash('sha256').update(dataDir).digest('hex').slice(0, 24)}`);
  const socketFolder = Buffer.byteLength(near) > LONGEST_SOCKET_BYTES ? far : run;
  return {
    database: path.join(dataDir, 'database'),
    socketFolder,
    socket: path.join(socketFolder, SOCKET_FILE),
    databaseLock: path.join(run, 'database.lock'),
    startLock: path.join(run, 'start.lock'),
    unfinished: path.join(run, 'database.unfinished'),
  };
}

/**
 * Makes a folder and those above it, 0700. Node's own recursive mkdir never ends where a file system refuses with "no such
 * file", as /proc does.
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || madeParent(folder) === 'there before') throw error;
    mkdirSync(folder, { mode: 0o700 });
  }
}

function madeParent(folder: string): 'made' | 'there before' {
  const parent = path.dirname(folder);
  if (existsSync(parent)) return 'there before';
  makeFolder(parent);
  return 'made';
}

/**
 * Whether a folder is there and another user could put something into it: theirs, a link, or open to them. Under the
 * temporary directory anybody may have made it first, and what answers in it would be told everything.
 */
export function isForeign(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const found = lstatSync(folder);
  return !found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0;
}
