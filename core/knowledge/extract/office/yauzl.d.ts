/** The part of yauzl that is used here; the package brings no types. */
declare module 'yauzl' {
  import type { Readable } from 'node:stream';

  export type Entry = { fileName: string; compressedSize: number; uncompressedSize: number; isEncrypted(): boolean };
  export type ZipFile = {
    entryCount: number;
    eachEntry(): AsyncIterable<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
  };
  const yauzl: { fromBufferPromise(buffer: Buffer, options?: { autoClose?: boolean }): Promise<ZipFile> };
  export default yauzl;
}
