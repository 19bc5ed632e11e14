import { mkdirSync, openAsBlob, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { createGate } from '../../core/storage/embedded/gate.ts';
import { greetingWithoutKey, startup } from '../../core/storage/embedded/wire.ts';

/**
 * Holds embedded databases for the tests of one worker: each in memory, loaded from the migrated snapshot, behind the same
 * gate and kind of socket as the real one. A connection to `control` asks for one and keeps it: the answer is the folder of its
 * socket, its end is the database's end; a line more says that a client was rolled back because it kept silent. One is
 * always loaded in advance.
 */
const [folder = '', snapshotFile = ''] = process.argv.slice(2);
const pglite = path.dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite')));
const snapshot = await openAsBlob(snapshotFile);
const fsBundle = await openAsBlob(path.join(pglite, 'pglite.data'));
/** Node's types name the namespace, but not its functions. */
const { compile } = (
  globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> } }
).WebAssembly;
const pgliteWasmModule = await compile(readFileSync(path.join(pglite, 'pglite.wasm')));

const load = () => PGlite.create({ extensions: { vector }, loadDataDir: snapshot, fsBundle, pgliteWasmModule });
let spare = load();
let made = 0;

async function serve(control: net.Socket): Promise<void> {
  const mine = path.join(folder, String((made += 1)));
  const database = await spare;
  spare = load();
  mkdirSync(mine, { mode: 0o700 });
  const gate = createGate({
    execute: (bytes) => database.execProtocolRawSync(bytes),
    greeting: greetingWithoutKey(database.execProtocolRawSync(startup({ user: 'postgres', database: 'postgres' }))),
    onBroken: (error) => {
      throw error;
    },
    onEvicted: () => control.write('evicted\n'),
  });
  const server = net.createServer((socket) => gate.accept(socket)).listen(path.join(mine, '.s.PGSQL.5432'));
  control.on('error', () => control.destroy());
  control.once('close', () => {
    gate.end();
    server.close();
    rmSync(mine, { recursive: true, force: true });
    // What its clients still wait for is answered first.
    setTimeout(() => void database.close(), 100);
  });
  server.once('listening', () => control.write(`${mine}\n`));
}

net.createServer((control) => void serve(control)).listen(path.join(folder, 'control'), () => process.send?.('ready'));
process.once('disconnect', () => process.exit(0));
