import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { createGate } from '../../core/storage/embedded/gate.ts';
import { greetingWithoutKey, startup } from '../../core/storage/embedded/wire.ts';

export type GateUnderTest = AsyncDisposable & {
  folder: string;
  socket: string;
  /** A connected client of node-postgres, ended with the gate. */
  client(): Promise<pg.Client>;
  pool(max: number): pg.Pool;
};

/** A gate in this process before a database in memory. */
export async function aGate(options: { holdIdleMs?: number } = {}): Promise<GateUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-gate-'));
  const database = await PGlite.create();
  const gate = createGate({
    execute: (bytes) => database.execProtocolRawSync(bytes),
    greeting: greetingWithoutKey(database.execProtocolRawSync(startup({ user: 'postgres', database: 'postgres' }))),
    onBroken: (error) => {
      throw error;
    },
    ...options,
  });
  const socket = path.join(folder, '.s.PGSQL.5432');
  const server = net.createServer((connection) => gate.accept(connection));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const connection = { host: folder, port: 5432, user: 'postgres', database: 'postgres' };
  const opened: { end(): Promise<void> }[] = [];
  return {
    folder,
    socket,
    async client() {
      const client = new pg.Client(connection);
      client.on('error', () => {});
      await client.connect();
      opened.push(client);
      return client;
    },
    pool(max) {
      const pool = new pg.Pool({ ...connection, max });
      pool.on('error', () => {});
      opened.push(pool);
      return pool;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(opened.map((each) => each.end()));
      server.close();
      gate.end();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
