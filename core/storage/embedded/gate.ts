import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { arrived, incoming, nextBatch, nextOpening, type Batch, type Incoming } from './incoming.ts';
import { createSession } from './session.ts';
import { statementNames, type StatementNames } from './statements.ts';
import { errorResponse, keyData, ready } from './wire.ts';

/** How long a client may leave its transaction open without a word while it keeps everyone else waiting. */
const HOLD_IDLE_MS = 10_000;
const HOLD_LOOKS = 10;

type Client = {
  id: number;
  secret: number;
  socket: Socket;
  greeted: boolean;
  gone: boolean;
  sent: Incoming;
  /** What waits for its turn; a client waits for one thing at a time, the rest stays in `sent`. */
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
  /** Told of each holder that was rolled back because it kept silent: a fault of whoever wrote it, or a process without time. */
  onEvicted?: () => void;
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
  const session = createSession(options.execute, options.onBroken);
  let holder: Client | null = null;
  let holdTimer: NodeJS.Timeout | undefined;
  let turnPlanned = false;
  let ended = false;
  let made = 0;

  function accept(socket: Socket): void {
    const id = (made += 1);
    const client: Client = {
      id,
      secret: randomInt(2 ** 31),
      socket,
      greeted: false,
      gone: false,
      sent: incoming(),
      turn: null,
      names: statementNames(id),
    };
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (arrived(client.sent, chunk)) advance(client);
    });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => leave(client));
  }

  /** Takes the next whole batch out of what has arrived and queues for it; right away where the session is free. */
  function advance(client: Client): void {
    while (!client.greeted) if (!open(client)) return;
    if (client.turn || client.gone) return;
    const batch = nextBatch(client.sent);
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
    clearInterval(holdTimer);
    const { answer, status } = session.carryOut(batch, client.names);
    holder = client;
    if (status === 'idle') release();
    else expectSoon(client);
    if (answer.length > 0 && !client.socket.write(answer)) client.socket.pause();
    advance(client);
  }

  function expectSoon(client: Client): void {
    let looks = 0;
    // By looks, not by the clock: a machine that stood still for a while took that time from the client, too, and what it
    // said meanwhile is heard before the next look.
    holdTimer = setInterval(() => {
      if (!client.turn && (looks += 1) === HOLD_LOOKS) evict(client);
    }, holdIdleMs / HOLD_LOOKS);
  }

  function release(): void {
    clearInterval(holdTimer);
    session.reset();
    holder = null;
    if (queue.length > 0) planTurn();
  }

  function rollBack(): void {
    session.rollBack();
    release();
  }

  function evict(client: Client): void {
    if (ended || holder !== client) return;
    // What it has sent meanwhile, or sends before it hears of this, was meant for the transaction that is over.
    client.gone = true;
    client.turn = null;
    rollBack();
    options.onEvicted?.();
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
    session.forget(client.names);
  }

  /** Answers the opening packet. False where more bytes are needed or the connection is over. */
  function open(client: Client): boolean {
    const opening = nextOpening(client.sent);
    if (!opening) return false;
    if (opening.asks === 'encryption') {
      client.socket.write('N');
      return true;
    }
    if (opening.asks === 'cancellation') cancel(opening.id, opening.secret);
    if (opening.asks !== 'session') {
      client.socket.end();
      return false;
    }
    client.greeted = true;
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
