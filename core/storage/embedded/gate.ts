import type { Socket } from 'node:net';
import { randomInt } from 'node:crypto';
import { LEAVES_STATE, RESET_SESSION } from './session.sql.ts';
import type { StatementNames, Unnamed } from './statements.ts';
import { keepApart, statementNames } from './statements.ts';
import {
  MESSAGE,
  OPENING,
  changedSettings,
  closeStatement,
  errorResponse,
  keyData,
  messagesIn,
  query,
  ready,
  statusAtEnd,
  sync,
} from './wire.ts';

/** How long a client may leave its transaction open without a word while it keeps everyone else waiting. */
const HOLD_IDLE_MS = 10_000;

type Batch = { bytes: Buffer; complete: boolean };
type Client = {
  id: number;
  secret: number;
  socket: Socket;
  greeted: boolean;
  gone: boolean;
  chunks: Buffer[];
  /** Bytes in `chunks`, and how many are needed before it is worth looking again. */
  held: number;
  needed: number;
  /** What waits for its turn; a client waits for one thing at a time, the rest stays in `chunks`. */
  turn: Batch | 'clean up' | null;
  names: StatementNames;
};

export type Gate = Readonly<{ accept(socket: Socket): void; clients(): number; end(): void }>;

export type GateOptions = Readonly<{
  /** Runs messages on the one session and gives the answer's bytes. Throws only when the database is beyond use. */
  execute: (bytes: Uint8Array) => Uint8Array;
  /** What a new client is told before its key: authentication and parameters. */
  greeting: Uint8Array;
  onClients?: (count: number) => void;
  onBroken: (error: unknown) => void;
  holdIdleMs?: number;
}>;

/**
 * Lets many clients use one session, in the order in which they ask: whoever's turn it is has the session until its
 * transaction is over. No client gets another's rows, statements or settings.
 */
export function createGate(options: GateOptions): Gate {
  const { greeting, holdIdleMs = HOLD_IDLE_MS } = options;
  const clients = new Map<number, Client>();
  const queue: Client[] = [];
  const unnamed: Unnamed = { clientId: null };
  let holder: Client | null = null;
  let holdTimer: NodeJS.Timeout | undefined;
  /** Whether the holder is between two Syncs, so that one is due before anything else. */
  let syncDue = false;
  let stateLeft = false;
  let turnPlanned = false;
  let ended = false;
  let made = 0;

  function execute(bytes: Uint8Array): Uint8Array {
    try {
      const answer = options.execute(bytes);
      stateLeft ||= changedSettings(answer);
      return answer;
    } catch (error) {
      options.onBroken(error);
      throw error;
    }
  }

  const ownQuery = (text: string) => {
    unnamed.clientId = null;
    return execute(query(text));
  };

  function accept(socket: Socket): void {
    const id = (made += 1);
    const client: Client = {
      id,
      secret: randomInt(2 ** 31),
      socket,
      greeted: false,
      gone: false,
      chunks: [],
      held: 0,
      needed: 8,
      turn: null,
      names: statementNames(id),
    };
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      client.chunks.push(chunk);
      client.held += chunk.length;
      if (client.held >= client.needed) advance(client);
    });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => leave(client));
  }

  /** Takes the next whole batch out of what has arrived and queues for it; right away where the session is free. */
  function advance(client: Client): void {
    while (!client.greeted) if (!open(client)) return;
    if (client.turn || client.gone) return;
    const batch = nextBatch(client);
    if (batch === 'end') return void client.socket.end();
    if (batch) wait(client, batch);
  }

  function wait(client: Client, turn: Batch | 'clean up'): void {
    client.turn = turn;
    if (holder !== client) queue.push(client);
    planTurn();
  }

  function planTurn(): void {
    if (turnPlanned) return;
    turnPlanned = true;
    // Between two turns the loop looks at the sockets, so that the order is that of arrival and the dead are noticed.
    setImmediate(() => {
      turnPlanned = false;
      takeTurn();
    });
  }

  function takeTurn(): void {
    if (ended) return;
    const client = holder ?? queue.shift() ?? null;
    if (!client?.turn) return;
    const { turn } = client;
    client.turn = null;
    if (turn === 'clean up') cleanUp(client);
    else serve(client, turn);
    if (holder?.turn || (!holder && queue.length > 0)) planTurn();
  }

  function serve(client: Client, batch: Batch): void {
    clearTimeout(holdTimer);
    stateLeft ||= LEAVES_STATE.some((word) => batch.bytes.includes(word));
    const answer = execute(keepApart(batch.bytes, client.names, unnamed));
    const status = batch.complete ? statusAtEnd(answer) : null;
    holder = client;
    syncDue = !batch.complete;
    if (status === 'idle') release();
    else holdTimer = setTimeout(() => evict(client), holdIdleMs);
    if (answer.length > 0 && !client.socket.write(answer)) client.socket.pause();
    advance(client);
  }

  function release(): void {
    clearTimeout(holdTimer);
    if (stateLeft) {
      ownQuery(RESET_SESSION);
      stateLeft = false;
    }
    holder = null;
    if (queue.length > 0) planTurn();
  }

  /** Ends the holder's transaction, whatever state it is in. */
  function rollBack(): void {
    if (syncDue) execute(sync());
    syncDue = false;
    ownQuery('ROLLBACK');
    release();
  }

  function evict(client: Client): void {
    if (ended || holder !== client) return;
    rollBack();
    client.socket.end(
      errorResponse('25P03', `rolled back: the transaction was idle for ${holdIdleMs} ms while others waited`, 'FATAL'),
    );
  }

  function leave(client: Client): void {
    client.gone = true;
    if (!clients.delete(client.id)) return;
    if (client.turn) {
      client.turn = null;
      const at = queue.indexOf(client);
      if (at >= 0) queue.splice(at, 1);
    }
    if (holder === client || client.names.names.size > 0) wait(client, 'clean up');
    options.onClients?.(clients.size);
  }

  function cleanUp(client: Client): void {
    if (holder === client) rollBack();
    if (client.names.names.size === 0) return;
    execute(Buffer.concat([...[...client.names.names.values()].map(closeStatement), sync()]));
  }

  /** Answers the opening packet. False where more bytes are needed or the connection is over. */
  function open(client: Client): boolean {
    const bytes = joined(client);
    if (bytes.length < 8) return false;
    const length = bytes.readInt32BE(0);
    const code = bytes.readInt32BE(4);
    if (bytes.length < length) return false;
    keep(client, bytes.subarray(length), 8);
    if (code === OPENING.ssl || code === OPENING.gss) {
      client.socket.write('N');
      return true;
    }
    if (code === OPENING.cancel && length >= 16) cancel(bytes.readInt32BE(8), bytes.readInt32BE(12));
    if (code >>> 16 !== 3) {
      client.socket.end();
      return false;
    }
    client.greeted = true;
    client.needed = 5;
    clients.set(client.id, client);
    client.socket.write(Buffer.concat([greeting, keyData(client.id, client.secret), ready('idle')]));
    options.onClients?.(clients.size);
    return true;
  }

  /** Cancels what waits. What runs can't be: the session runs on this very thread. */
  function cancel(id: number, secret: number): void {
    const client = clients.get(id);
    const at = client ? queue.indexOf(client) : -1;
    if (!client || at < 0 || client.secret !== secret) return;
    queue.splice(at, 1);
    client.turn = null;
    client.socket.write(
      Buffer.concat([errorResponse('57014', 'canceled while it waited for its turn'), ready('idle')]),
    );
    advance(client);
  }

  function end(): void {
    if (holder) rollBack();
    ended = true;
    for (const client of clients.values())
      client.socket.end(errorResponse('57P01', 'the embedded database is shutting down', 'FATAL'));
  }

  return { accept, clients: () => clients.size, end };
}

/** The next messages up to a Sync, a Query or a Flush; null while they are not all there. */
function nextBatch(client: Client): Batch | 'end' | null {
  if (client.held < client.needed) return null;
  const bytes = joined(client);
  let last = 0;
  for (const { type, start, end } of messagesIn(bytes)) {
    last = end;
    if (type === MESSAGE.terminate) return start === 0 ? 'end' : cut(client, bytes, start, false);
    // What is left of a COPY that was refused: the protocol says to pass over it.
    if (type === MESSAGE.copyData || type === MESSAGE.copyDone || type === MESSAGE.copyFail) {
      if (start > 0) return cut(client, bytes, start, false);
      keep(client, bytes.subarray(end), 5);
      return nextBatch(client);
    }
    if (type === MESSAGE.sync || type === MESSAGE.query || type === MESSAGE.functionCall)
      return cut(client, bytes, end, true);
    if (type === MESSAGE.flush) return cut(client, bytes, end, false);
  }
  const cutOff = bytes.length - last;
  keep(client, bytes, last + (cutOff >= 5 ? 1 + bytes.readInt32BE(last + 1) : 5));
  return null;
}

function cut(client: Client, bytes: Buffer, end: number, complete: boolean): Batch {
  keep(client, bytes.subarray(end), 5);
  return { bytes: bytes.subarray(0, end), complete };
}

function keep(client: Client, bytes: Buffer, needed: number): void {
  client.chunks = bytes.length > 0 ? [bytes] : [];
  client.held = bytes.length;
  client.needed = needed;
}

const joined = (client: Client): Buffer =>
  client.chunks.length === 1 ? client.chunks[0]! : Buffer.concat(client.chunks, client.held);
