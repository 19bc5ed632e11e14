import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MESSAGE, cstring, message, query, startup, sync } from '../../core/storage/embedded/wire.ts';
import { withTransaction } from '../../core/storage/pool.ts';
import { aGate } from '../setup/gate.ts';
import type { GateUnderTest } from '../setup/gate.ts';

let gate: GateUnderTest;
beforeAll(async () => {
  gate = await aGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const value = async (client: pg.Client | pg.PoolClient, text: string, values: unknown[] = []) =>
  (await client.query<{ v: unknown }>(text, values)).rows[0]?.v;

describe('what one client may not do to another', () => {
  test('eight clients with transactions and prepared statements each get their own rows, thousands of times', async () => {
    const owner = await gate.client();
    await owner.query('CREATE TABLE tally (client int, n int)');
    const clients = await Promise.all(Array.from({ length: 8 }, () => gate.client()));
    await Promise.all(
      clients.map(async (client, me) => {
        for (let n = 0; n < 150; n += 1) {
          expect(await value(client, `SELECT ${me * 1000 + n} AS v`)).toBe(me * 1000 + n);
          expect(await value(client, 'SELECT $1::text AS v', [`${me}/${n}`])).toBe(`${me}/${n}`);
          const named = await client.query({
            name: 'same-name',
            text: `SELECT ${me} AS me, $1::int AS n`,
            values: [n],
          });
          expect(named.rows).toEqual([{ me, n }]);
          await client.query('BEGIN');
          await client.query('INSERT INTO tally VALUES ($1, $2)', [me, n]);
          const committed = n - Math.ceil(n / 3);
          expect(await value(client, 'SELECT count(*)::int AS v FROM tally WHERE client = $1', [me])).toBe(
            committed + 1,
          );
          await client.query(n % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
        }
      }),
    );
    expect(await value(owner, 'SELECT count(*)::int AS v FROM tally')).toBe(8 * 100);
  });

  test('an open transaction is not seen, and nobody gets a word in before it ends', async () => {
    const [holder, other] = [await gate.client(), await gate.client()];
    await holder.query('CREATE TABLE held (n int)');
    await holder.query('BEGIN');
    await holder.query('INSERT INTO held VALUES (1)');
    let seen: unknown = 'nothing yet';
    const reading = value(other, 'SELECT count(*)::int AS v FROM held').then((count) => (seen = count));
    await sleep(50);
    expect(seen).toBe('nothing yet');
    await holder.query('ROLLBACK');
    await reading;
    expect(seen).toBe(0);
  });

  test('a setting made by one is not there for the other, nor one made by a function', async () => {
    const [first, second] = [await gate.client(), await gate.client()];
    await first.query("SET search_path TO pg_catalog; SELECT set_config('work_mem', '9MB', false)");
    expect(await value(second, "SELECT current_setting('search_path') AS v")).toBe('public');
    expect(await value(second, "SELECT current_setting('work_mem') AS v")).not.toBe('9MB');
    await first.query('BEGIN');
    await first.query("SET LOCAL work_mem = '7MB'");
    expect(await value(first, "SELECT current_setting('work_mem') AS v")).toBe('7MB');
    await first.query('COMMIT');
  });

  test('an unnamed statement that another client has replaced is not found, instead of running the other’s', async () => {
    const raw = await rawClient(gate.socket);
    const parse = message(MESSAGE.parse, cstring(''), cstring('SELECT 41 AS mine'), Buffer.from([0, 0]));
    const bindAndRun = Buffer.concat([
      message(MESSAGE.bind, cstring(''), cstring(''), Buffer.from([0, 0, 0, 0, 0, 0])),
      message(0x45, cstring(''), Buffer.from([0, 0, 0, 0])),
      sync(),
    ]);
    await raw.ask(Buffer.concat([parse, sync()]));
    expect(await raw.ask(bindAndRun)).toContain('41');
    await raw.ask(Buffer.concat([parse, sync()]));
    const other = await gate.client();
    await other.query('SELECT $1::int', [1]);
    expect(await raw.ask(bindAndRun)).toContain('replaced since by another client');
    raw.end();
  });

  test.each(['PREPARE x AS SELECT 1', 'DEALLOCATE ALL', 'LISTEN changes', 'COPY pg_class TO STDOUT', 'execute x'])(
    '%s is refused with the reason',
    async (text) => {
      const client = await gate.client();
      await expect(client.query(text)).rejects.toThrow('not available on the embedded database');
      await expect(client.query(text, [])).rejects.toThrow('not available on the embedded database');
      expect(await value(client, 'SELECT 1 AS v')).toBe(1);
    },
  );
});

describe('what a client leaves behind', () => {
  test('who goes in the middle of a transaction has it rolled back, and the next one is served', async () => {
    const [leaver, other] = [await gate.client(), await gate.client()];
    await other.query('CREATE TABLE left_behind (n int)');
    await leaver.query('BEGIN');
    await leaver.query('INSERT INTO left_behind VALUES (1)');
    (leaver as unknown as { connection: { stream: net.Socket } }).connection.stream.destroy();
    expect(await value(other, 'SELECT count(*)::int AS v FROM left_behind')).toBe(0);
  });

  test('its prepared statements go with it', async () => {
    const leaver = await gate.client();
    await leaver.query({ name: 'soon-gone', text: 'SELECT 12345 AS n' });
    const watcher = await gate.client();
    const count = () =>
      value(watcher, "SELECT count(*)::int AS v FROM pg_prepared_statements WHERE statement LIKE '%12345 AS n'");
    expect(await count()).toBe(1);
    await leaver.end();
    await expect.poll(count).toBe(0);
  });

  test('who leaves a transaction idle while others wait is rolled back and told', async () => {
    await using quick = await aGate({ holdIdleMs: 200 });
    const [idler, other] = [await quick.client(), await quick.client()];
    await other.query('CREATE TABLE idle (n int)');
    await idler.query('BEGIN');
    await idler.query('INSERT INTO idle VALUES (1)');
    const told = once(idler, 'error') as Promise<[Error & { code?: string }]>;
    expect(await value(other, 'SELECT count(*)::int AS v FROM idle')).toBe(0);
    const [error] = await told;
    expect(error.code).toBe('25P03');
    await expect(idler.query('SELECT 1')).rejects.toThrow('not queryable');
  });

  test('what somebody who was rolled back still sends is not carried out: half of a transaction is never there', async () => {
    await using quick = await aGate({ holdIdleMs: 200 });
    const other = await quick.client();
    await other.query('CREATE TABLE halves (n int)');
    const raw = await rawClient(quick.socket);
    await raw.ask(query('BEGIN; INSERT INTO halves VALUES (1)'));
    await raw.onWord(() => query('INSERT INTO halves VALUES (2)'));
    expect(await value(other, 'SELECT count(*)::int AS v FROM halves')).toBe(0);
  });

  test('a transaction of ours that was rolled back fails, and neither the process nor the pool goes with it', async () => {
    await using quick = await aGate({ holdIdleMs: 200 });
    const pool = quick.pool(1);
    await pool.query('CREATE TABLE ours (n int)');
    const late = withTransaction(pool, async (tx) => {
      await tx.query('INSERT INTO ours VALUES (1)');
      await sleep(400);
      await tx.query('INSERT INTO ours VALUES (2)');
    });
    await expect(late).rejects.toThrow(/connection error|rolled back/);
    expect((await pool.query('SELECT count(*)::int AS v FROM ours')).rows).toEqual([{ v: 0 }]);
  });

  test('who has spoken in time is not rolled back because the gate had no time to listen', async () => {
    await using quick = await aGate({ holdIdleMs: 200 });
    const client = await quick.client();
    await client.query('BEGIN');
    const asked = client.query('SELECT 6 AS v');
    // The bytes are on their way; now the thread of the gate is busy for longer than it waits.
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect((await asked).rows).toEqual([{ v: 6 }]);
    await client.query('COMMIT');
  });

  test('an error in the middle of a pipeline leaves the client and everyone else in order', async () => {
    const [client, other] = [await gate.client(), await gate.client()];
    const results = await Promise.allSettled([
      client.query('SELECT 1/0'),
      client.query('SELECT $1::int AS v', [2]),
      other.query('SELECT 3 AS v'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await client.query('BEGIN');
    await expect(client.query('SELECT nonsense')).rejects.toThrow('nonsense');
    await expect(client.query('SELECT 1')).rejects.toThrow('aborted');
    await client.query('ROLLBACK');
    expect(await value(other, 'SELECT 4 AS v')).toBe(4);
  });
});

describe('how it serves', () => {
  test('clients are served in the order in which they asked', async () => {
    const holder = await gate.client();
    await holder.query('BEGIN');
    const clients = await Promise.all(Array.from({ length: 6 }, () => gate.client()));
    const order: number[] = [];
    const asking: Promise<unknown>[] = [];
    for (const [index, client] of clients.entries()) {
      asking.push(client.query('SELECT 1').then(() => order.push(index)));
      await sleep(10);
    }
    await holder.query('COMMIT');
    await Promise.all(asking);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('one that asks without end does not keep another waiting', async () => {
    const [greedy, modest] = [await gate.client(), await gate.client()];
    let asked = 0;
    const flood = Promise.all(Array.from({ length: 2_000 }, () => greedy.query('SELECT 1').then(() => (asked += 1))));
    await modest.query('SELECT 1');
    expect(asked).toBeLessThan(1_900);
    await flood;
  });

  test('what waits can be cancelled, and the client goes on', async () => {
    const [holder, waiting] = [await gate.client(), await gate.client()];
    await holder.query('BEGIN');
    const query = waiting.query('SELECT 1');
    const refused = query.catch((error: unknown) => error);
    await sleep(20);
    const { processID, secretKey } = waiting as unknown as { processID: number; secretKey: number };
    await cancel(gate.socket, processID, secretKey + 1);
    await sleep(20);
    await cancel(gate.socket, processID, secretKey);
    expect(await refused).toMatchObject({ code: '57014' });
    await holder.query('COMMIT');
    expect(await value(waiting, 'SELECT 5 AS v')).toBe(5);
  });

  test('a value of 20 MB goes in and comes out', async () => {
    const client = await gate.client();
    const long = 'ü'.repeat(10_000_000);
    expect(await value(client, 'SELECT $1::text AS v', [long])).toBe(long);
  });

  test('messages that arrive byte by byte are put together', async () => {
    const raw = await rawClient(gate.socket);
    expect(await raw.ask(query('SELECT 6 * 7 AS answer'), 1)).toContain('42');
    raw.end();
  });

  test('a client that asks for TLS hears no and goes on without', async () => {
    const socket = net.connect(gate.socket);
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    expect(String((await once(socket, 'data'))[0])).toBe('N');
    socket.write(startup({ user: 'postgres' }));
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    expect(greeting.at(-1)).toBe('I'.charCodeAt(0));
    socket.destroy();
  });
});

async function cancel(path: string, id: number, secret: number): Promise<void> {
  const bytes = Buffer.alloc(16);
  [16, 80_877_102, id, secret].forEach((number, index) => bytes.writeInt32BE(number, index * 4));
  const socket = net.connect(path);
  socket.end(bytes);
  socket.resume();
  await once(socket, 'close');
}

/** A client that sends exactly the bytes it is given and takes the answer up to ReadyForQuery as text. */
async function rawClient(path: string): Promise<{
  ask(bytes: Buffer, piece?: number): Promise<string>;
  /** Answers the next word from the gate at once with these bytes, and waits for the end of the connection. */
  onWord(answer: () => Buffer): Promise<void>;
  end(): void;
}> {
  const socket = net.connect(path);
  const ready = async () => {
    const chunks: Buffer[] = [];
    for (;;) {
      chunks.push(((await once(socket, 'data')) as [Buffer])[0]);
      const answer = Buffer.concat(chunks);
      if (answer.at(-6) === 0x5a) return answer.toString('latin1');
    }
  };
  socket.write(startup({ user: 'postgres' }));
  await ready();
  return {
    async ask(bytes, piece = bytes.length) {
      const answer = ready();
      for (let at = 0; at < bytes.length; at += piece) {
        socket.write(bytes.subarray(at, at + piece));
        if (piece < bytes.length) await sleep(1);
      }
      return answer;
    },
    async onWord(answer) {
      socket.once('data', () => socket.write(answer()));
      await once(socket, 'close');
    },
    end: () => socket.destroy(),
  };
}
