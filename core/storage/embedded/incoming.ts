import { MESSAGE, OPENING, messagesIn } from './wire.ts';

/** Messages that are carried out together; `complete`: they end with what the client waits for an answer to. */
export type Batch = Readonly<{ bytes: Buffer; complete: boolean }>;

/** What a client has sent and nobody has taken yet. */
export type Incoming = {
  chunks: Buffer[];
  /** Bytes in `chunks`, and how many are needed before it is worth looking again. */
  held: number;
  needed: number;
};

/** A message has at least its type and its length; the first packet has a code instead of the type. */
const MESSAGE_HEAD = 5;
const OPENING_HEAD = 8;

export const incoming = (): Incoming => ({ chunks: [], held: 0, needed: OPENING_HEAD });

/** Adds what has arrived. True where it is worth looking for a packet or a batch. */
export function arrived(from: Incoming, chunk: Buffer): boolean {
  from.chunks.push(chunk);
  from.held += chunk.length;
  return from.held >= from.needed;
}

export type Opening =
  | { asks: 'session' | 'encryption' | 'something else' }
  | { asks: 'cancellation'; id: number; secret: number };

/** The next packet of before the session; null while it is not all there. */
export function nextOpening(from: Incoming): Opening | null {
  const bytes = joined(from);
  if (bytes.length < OPENING_HEAD) return null;
  const length = bytes.readInt32BE(0);
  const code = bytes.readInt32BE(4);
  if (bytes.length < length) return null;
  const isSession = code >>> 16 === 3;
  keep(from, bytes.subarray(length), isSession ? MESSAGE_HEAD : OPENING_HEAD);
  if (isSession) return { asks: 'session' };
  if (code === OPENING.ssl || code === OPENING.gss) return { asks: 'encryption' };
  if (code === OPENING.cancel && length >= 16)
    return { asks: 'cancellation', id: bytes.readInt32BE(8), secret: bytes.readInt32BE(12) };
  return { asks: 'something else' };
}

/** The next messages up to a Sync, a Query or a Flush; null while they are not all there, 'end' where the client takes leave. */
export function nextBatch(from: Incoming): Batch | 'end' | null {
  if (from.held < from.needed) return null;
  const bytes = joined(from);
  let last = 0;
  for (const { type, start, end } of messagesIn(bytes)) {
    last = end;
    if (type === MESSAGE.terminate) return start === 0 ? 'end' : cut(from, bytes, start, false);
    // What is left of a COPY that was refused: the protocol says to pass over it.
    if (type === MESSAGE.copyData || type === MESSAGE.copyDone || type === MESSAGE.copyFail) {
      if (start > 0) return cut(from, bytes, start, false);
      keep(from, bytes.subarray(end), MESSAGE_HEAD);
      return nextBatch(from);
    }
    if (type === MESSAGE.sync || type === MESSAGE.query || type === MESSAGE.functionCall)
      return cut(from, bytes, end, true);
    if (type === MESSAGE.flush) return cut(from, bytes, end, false);
  }
  const cutOff = bytes.length - last;
  keep(from, bytes, last + (cutOff >= MESSAGE_HEAD ? 1 + bytes.readInt32BE(last + 1) : MESSAGE_HEAD));
  return null;
}

function cut(from: Incoming, bytes: Buffer, end: number, complete: boolean): Batch {
  keep(from, bytes.subarray(end), MESSAGE_HEAD);
  return { bytes: bytes.subarray(0, end), complete };
}

function keep(from: Incoming, bytes: Buffer, needed: number): void {
  from.chunks = bytes.length > 0 ? [bytes] : [];
  from.held = bytes.length;
  from.needed = needed;
}

const joined = (from: Incoming): Buffer =>
  from.chunks.length === 1 ? from.chunks[0]! : Buffer.concat(from.chunks, from.held);
