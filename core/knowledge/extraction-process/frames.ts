/**
 * What goes between the server and an extraction process: a length (4 bytes, big-endian), JSON of that length, and
 * after the server's header the bytes of the file.
 */
export type FileHeader = { kind: 'file'; name: string; size: number };
/** Asks a process that has nothing to do to load what takes longest. It is not answered. */
export type WarmUp = { kind: 'warm-up' };

/** One frame of JSON. */
export function frame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** More than any file of 100 MB gives; a process that announces more is broken. */
const MAX_FRAME_BYTES = 512_000_000;

/** Gives a function that takes chunks as they arrive and calls `onFrame` with each whole frame's bytes. */
export function frameReader(onFrame: (body: Buffer) => void, onBroken: () => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let held = 0;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    for (;;) {
      if (held < 4) return;
      if ((chunks[0]?.length ?? 0) < 4) chunks = [Buffer.concat(chunks)];
      const length = chunks[0]?.readUInt32BE(0) ?? 0;
      if (length > MAX_FRAME_BYTES) return onBroken();
      if (held < 4 + length) return;
      const all = Buffer.concat(chunks);
      const rest = all.subarray(4 + length);
      chunks = rest.length > 0 ? [rest] : [];
      held = rest.length;
      onFrame(all.subarray(4, 4 + length));
    }
  };
}
