/** PostgreSQL's wire protocol 3.0, as far as the gate reads and writes it. */

export const MESSAGE = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  describe: 0x44,
  flush: 0x48,
  functionCall: 0x46,
  parse: 0x50,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const;

export const OPENING = { cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 } as const;

const READY = 0x5a;
const COMMAND_COMPLETE = 0x43;
const KEY_DATA = 0x4b;

export type TransactionStatus = 'idle' | 'open' | 'failed';

/** A message with its type, length and body. */
export function message(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.allocUnsafe(5);
  head[0] = type;
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);
export const sync = (): Buffer => message(MESSAGE.sync);
export const query = (text: string): Buffer => message(MESSAGE.query, cstring(text));
export const closeStatement = (name: string): Buffer => message(MESSAGE.close, cstring(`S${name}`));

export const ready = (status: TransactionStatus): Buffer =>
  message(READY, Buffer.from({ idle: 'I', open: 'T', failed: 'E' }[status]));

/** The first packet of a session, which has no type. */
export function startup(parameters: Record<string, string>): Buffer {
  const body = Buffer.concat([
    ...Object.entries(parameters).flatMap(([key, value]) => [cstring(key), cstring(value)]),
    Buffer.from([0]),
  ]);
  const head = Buffer.allocUnsafe(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

/** An ErrorResponse; `fatal` ones are followed by the end of the connection. */
export const errorResponse = (code: string, text: string, severity: 'ERROR' | 'FATAL' = 'ERROR'): Buffer =>
  message(
    0x45,
    cstring(`S${severity}`),
    cstring(`V${severity}`),
    cstring(`C${code}`),
    cstring(`M${text}`),
    Buffer.from([0]),
  );

/** What a client needs to ask for a cancellation later. */
export function keyData(processId: number, secret: number): Buffer {
  const body = Buffer.allocUnsafe(8);
  body.writeInt32BE(processId, 0);
  body.writeInt32BE(secret, 4);
  return message(KEY_DATA, body);
}

/** Each whole message of `bytes`: type, start and end (exclusive). What is cut off at the end is left out. */
export function* messagesIn(bytes: Uint8Array): Generator<{ type: number; start: number; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start + 5 <= bytes.length;) {
    const end = start + 1 + view.getInt32(start + 1);
    if (end > bytes.length || end < start + 5) return;
    yield { type: view.getUint8(start), start, end };
    start = end;
  }
}

/** The status in the ReadyForQuery that ends `answer`, or null where it does not end with one. */
export function statusAtEnd(answer: Uint8Array): TransactionStatus | null {
  const at = answer.length - 6;
  if (at < 0 || answer[at] !== READY || answer[at + 4] !== 5) return null;
  const letter = answer[at + 5];
  return letter === 0x49 ? 'idle' : letter === 0x54 ? 'open' : 'failed';
}

/** Whether a SET of any kind was carried out: its effect may outlast the transaction. */
export function changedSettings(answer: Uint8Array): boolean {
  for (const { type, start } of messagesIn(answer))
    if (
      type === COMMAND_COMPLETE &&
      answer[start + 5] === 0x53 &&
      answer[start + 6] === 0x45 &&
      answer[start + 7] === 0x54
    )
      return true; // "SET"; SELECT has an L there
  return false;
}

/** PGlite's own greeting without its key and its ReadyForQuery: each client gets its own. */
export function greetingWithoutKey(answer: Uint8Array): Buffer {
  const kept: Uint8Array[] = [];
  for (const { type, start, end } of messagesIn(answer))
    if (type !== KEY_DATA && type !== READY) kept.push(answer.subarray(start, end));
  return Buffer.concat(kept);
}
