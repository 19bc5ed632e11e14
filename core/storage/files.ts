import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import type { Config } from '../config.ts';

/** `bytes`: of the whole content, also where it was more than `maxBytes` and nothing was kept. `head`: its first 4 KB. */
export type StoredFile = Readonly<{ kept: boolean; bytes: number; sha256: Buffer; head: Buffer }>;

export type FileStore = Readonly<{
  /**
   * Stores under `key`, an id of ours, never a name from outside. All of it is there, on the disk, or nothing is.
   * More than `maxBytes` is read to its end and thrown away, so that what follows in the same request can be read.
   */
  put(key: string, content: Uint8Array | Readable, maxBytes?: number): Promise<StoredFile>;
  /** @throws an error of the disk where there is none */
  get(key: string): Promise<Uint8Array>;
  stream(key: string): Promise<Readable>;
  /** What is not there counts as deleted. */
  delete(key: string): Promise<void>;
  /** The keys of all files, for the sweep of what nobody knows any more. */
  keys(): AsyncGenerator<string>;
}>;

const KEY = /^[0-9a-z][0-9a-z-]{7,63}$/;
const HEAD_BYTES = 4_096;
const INCOMING = 'incoming';

/** Files on the local disk, under DATA_DIR/files. */
export function createFileStore(config: Pick<Config, 'DATA_DIR'>): FileStore {
  const root = path.join(config.DATA_DIR, 'files');
  const disk = new Disk(new FSDriver({ location: root, visibility: 'private' }));
  return {
    async put(key, content, maxBytes = Number.POSITIVE_INFINITY) {
      const target = path.join(root, placeOf(key));
      const incoming = path.join(root, INCOMING, `${key}-${randomUUID()}`);
      await mkdir(path.dirname(incoming), { recursive: true, mode: 0o700 });
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      try {
        const stored = await write(incoming, content, maxBytes);
        if (!stored.kept) return stored;
        await rename(incoming, target);
        await syncFolder(path.dirname(target));
        return stored;
      } finally {
        await rm(incoming, { force: true });
      }
    },
    get: (key) => disk.getBytes(placeOf(key)),
    stream: (key) => disk.getStream(placeOf(key)),
    delete: (key) => disk.delete(placeOf(key)),
    async *keys() {
      const { objects } = await disk.listAll('/', { recursive: true }).catch(() => ({ objects: [] }));
      for (const found of objects) {
        const key = path.basename('key' in found ? found.key : '');
        if (KEY.test(key)) yield key;
      }
    },
  };
}

/** Spread over 256 folders by the end of the id, which is random; its beginning is the time. */
function placeOf(key: string): string {
  if (!KEY.test(key)) throw new RangeError('not a key of a file');
  return `${key.slice(-2)}/${key}`;
}

async function write(file: string, content: Uint8Array | Readable, maxBytes: number): Promise<StoredFile> {
  const hash = createHash('sha256');
  const head: Buffer[] = [];
  let headBytes = 0;
  let bytes = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      const chunk = Buffer.from(piece as Uint8Array);
      bytes += chunk.length;
      if (headBytes < HEAD_BYTES) {
        head.push(chunk.subarray(0, HEAD_BYTES - headBytes));
        headBytes += head.at(-1)?.length ?? 0;
      }
      if (bytes > maxBytes) continue;
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    if (bytes <= maxBytes) await handle.sync();
  } finally {
    await handle.close();
  }
  return { kept: bytes <= maxBytes, bytes, sha256: hash.digest(), head: Buffer.concat(head) };
}

/** Without this a power cut may forget the new name although the content is there. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
