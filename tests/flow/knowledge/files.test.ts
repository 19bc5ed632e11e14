import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { createFileStore, type FileStore } from '../../../core/storage/files.ts';

let folder: string;
let files: FileStore;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-files-'));
  files = createFileStore({ DATA_DIR: folder });
});
afterAll(() => rm(folder, { recursive: true }));

const left = async () => (await readdir(path.join(folder, 'files/incoming')).catch(() => [])).length;

test('a key that is no id of ours is refused, so that no name from outside becomes a path', async () => {
  for (const key of ['../../outside', 'a/b', 'Report.pdf', ''])
    await expect(files.put(key, Buffer.from('x'))).rejects.toThrow(RangeError);
});

test('a stream that breaks off leaves nothing', async () => {
  const key = newId();
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('gone');
    })(),
  );
  await expect(files.put(key, broken)).rejects.toThrow('gone');
  await expect(files.get(key)).rejects.toThrow('Cannot read file');
  expect(await left()).toBe(0);
});

test('more than allowed is read to its end, counted, and not kept', async () => {
  const key = newId();
  let read = 0;
  const content = Readable.from(
    (function* () {
      for (; read < 5; read += 1) yield Buffer.alloc(10);
    })(),
  );
  expect(await files.put(key, content, 25)).toMatchObject({ kept: false, bytes: 50 });
  expect(read).toBe(5);
  await expect(files.get(key)).rejects.toThrow('Cannot read file');
  expect(await left()).toBe(0);
});

test('what was put is there with its hash, until it is deleted, and deleting twice is no fault', async () => {
  const key = newId();
  const stored = await files.put(key, Readable.from([Buffer.from('hello '), Buffer.from('world')]));
  expect(stored).toMatchObject({ kept: true, bytes: 11 });
  expect(stored.sha256.toString('hex')).toBe('b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9');
  expect(stored.head.toString()).toBe('hello world');
  expect(Buffer.from(await files.get(key)).toString()).toBe('hello world');
  expect(await Array.fromAsync(files.keys())).toEqual([key]);
  await files.delete(key);
  await files.delete(key);
  await expect(files.get(key)).rejects.toThrow('Cannot read file');
});
