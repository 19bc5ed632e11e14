import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '../../../errors.ts';
import { refusals } from '../refusals.ts';

/** The parts of an Office file by their path, read on demand. Nothing in it is ever written or unpacked further. */
export type ZipParts = {
  readonly names: readonly string[];
  /** A part as UTF-8 text, null where there is none. @throws AppError file_bomb, file_corrupt */
  readonly read: (name: string) => Promise<string | null>;
};

const MAX_ENTRIES = 10_000;
/** What all parts that are read may unpack to, together. */
const MAX_UNPACKED_BYTES = 300_000_000;
/** What a file may claim to unpack to, pictures included: ten times the largest file. */
const MAX_CLAIMED_BYTES = 1_000_000_000;
/** Office XML packs to a tenth or a thirtieth; above this size a part that packs better than so is not written by a person. */
const MAX_RATIO = 200;
const RATIO_FROM_BYTES = 10_000_000;

/** Opens a ZIP held in memory. @throws AppError file_bomb, file_encrypted, file_corrupt */
export async function openZip(bytes: Uint8Array): Promise<ZipParts> {
  try {
    const zip = await yauzl.fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      autoClose: false,
    });
    if (zip.entryCount > MAX_ENTRIES) throw refusals.bomb();
    const entries = new Map<string, Entry>();
    let claimed = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw refusals.encrypted();
      claimed += entry.uncompressedSize;
      if (claimed > MAX_CLAIMED_BYTES || entries.size > MAX_ENTRIES) throw refusals.bomb();
      entries.set(entry.fileName.toLowerCase(), entry);
    }
    let budget = MAX_UNPACKED_BYTES;
    return {
      names: [...entries.keys()],
      async read(name) {
        const entry = entries.get(name.toLowerCase());
        if (!entry) return null;
        const part = await unpack(zip, entry, budget).catch(asRefusal);
        budget -= part.length;
        return new TextDecoder(part[0] === 0xff || part[1] === 0 ? 'utf-16le' : 'utf-8').decode(part);
      },
    };
  } catch (error) {
    return asRefusal(error);
  }
}

/** The bytes of an entry, counted while they are unpacked: what the directory claims is not believed. */
async function unpack(zip: ZipFile, entry: Entry, budget: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    size += chunk.length;
    const tooDense = size > RATIO_FROM_BYTES && size > entry.compressedSize * MAX_RATIO;
    if (size > budget || tooDense) throw refusals.bomb();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function asRefusal(error: unknown): never {
  if (error instanceof AppError) throw error;
  const message = error instanceof Error ? error.message : '';
  throw /too many bytes/i.test(message) ? refusals.bomb() : refusals.corrupt(error);
}
