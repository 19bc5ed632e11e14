import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const BUSY = 5;

/**
 * Takes a lock that the kernel lets go when this process ends, however it ends: no stale lock to recognise, no pid that a
 * stranger may have by now. Gives how to let it go, or null where another process has it. (Node has no flock; SQLite's
 * lock on an empty file is one.)
 */
export function takeLock(file: string): (() => void) | null {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === BUSY) return null;
    throw error;
  }
  chmodSync(file, 0o600);
  return () => lock.close();
}
