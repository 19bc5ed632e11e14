// The program of an extraction process. It is closed first; only then may anything else be loaded.
import './seal.ts';
import fs from 'node:fs';
import type { FileHeader, WarmUp } from './frames.ts';

const { AppError } = await import('../../errors.ts');
const { extractDocument } = await import('../extract/extract.ts');
const { chunk } = await import('../chunk.ts');
const { frame } = await import('./frames.ts');

const STDIN = 0;
const STDOUT = 1;

write({ kind: 'ready' });
for (;;) {
  const length = read(4)?.readUInt32BE(0);
  const header = length === undefined ? null : read(length);
  if (header === null) break;
  const asked = JSON.parse(header.toString()) as FileHeader | WarmUp;
  if (asked.kind === 'warm-up') await (await import('../extract/pdf/engine.ts')).engine();
  else {
    const bytes = read(asked.size);
    if (bytes === null) break;
    write(await answer(asked.name, bytes));
  }
}

async function answer(name: string, bytes: Buffer): Promise<unknown> {
  try {
    const { blocks, ...document } = await extractDocument(name, bytes);
    return { kind: 'extracted', document, passages: chunk({ blocks, language: document.language }) };
  } catch (error) {
    if (error instanceof AppError) return { kind: 'refused', code: error.code, message: error.message };
    throw error;
  }
}

/** Exactly so many bytes of standard input, null at its end: the server is gone and so is this process. */
function read(size: number): Buffer | null {
  const buffer = Buffer.allocUnsafe(size);
  let held = 0;
  while (held < size) {
    const count = fs.readSync(STDIN, buffer, held, size - held, null);
    if (count === 0) return null;
    held += count;
  }
  return buffer;
}

function write(value: unknown): void {
  const bytes = frame(value);
  let written = 0;
  while (written < bytes.length) written += fs.writeSync(STDOUT, bytes, written);
}
