import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../core/log.ts';
import { openEmbedded } from '../../core/storage/embedded/open.ts';
import { placesOf } from '../../core/storage/embedded/places.ts';
import { migratedSnapshot } from '../setup/snapshot.ts';

const SERVER = path.join(import.meta.dirname, '../../core/storage/embedded/server.ts');
const HOLDER = path.join(import.meta.dirname, '../setup/holder.ts');

let dataDir: string;
let snapshot: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'gh-'));
  snapshot = await migratedSnapshot();
});
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

const open = (more: { startOnly?: boolean } = {}) => openEmbedded({ dataDir, log: silentLog, snapshot, ...more });
const serverProcess = () => {
  const child = fork(SERVER, [dataDir, snapshot], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  started.push(child);
  return child;
};
const clientOf = async (connection: pg.ClientConfig) => {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  return client;
};

test('a second start on the same data is refused in one sentence, a command is not', async () => {
  const start = await open({ startOnly: true });
  await expect(open({ startOnly: true })).rejects.toMatchObject({
    code: 'data_in_use',
    message: expect.stringContaining(dataDir),
  });
  const command = await open();
  expect([start.owned, command.owned]).toEqual([true, false]);
  await command.close();
  await start.close();
  const again = await open({ startOnly: true });
  await again.close();
});

test('of several processes that race for the files one opens them, the others hear that they are locked', async () => {
  const racers = Array.from({ length: 4 }, serverProcess);
  const news = await Promise.all(
    racers.map(async (racer) => ((await once(racer, 'message')) as [{ news: string }])[0].news),
  );
  expect(news.toSorted()).toEqual(['locked', 'locked', 'locked', 'ready']);
});

test('several that open at once share one database', async () => {
  const all = await Promise.all(Array.from({ length: 3 }, () => open()));
  expect(all.filter(({ owned }) => owned)).toHaveLength(1);
  await Promise.all(all.map((each) => each.close()));
});

test('no stranger finds a door: the socket lies in a folder of our own, and there is no port', async () => {
  const embedded = await open();
  const { database, socketFolder, socket } = placesOf(dataDir);
  expect((await stat(database)).mode & 0o777).toBe(0o700);
  expect((await stat(socketFolder)).mode & 0o777).toBe(0o700);
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  await embedded.close();
});

test('a socket folder that others can write to is refused before anything is said to it', async () => {
  const { socketFolder } = placesOf(dataDir);
  await mkdir(socketFolder, { recursive: true });
  await chmod(socketFolder, 0o777);
  await expect(open()).rejects.toMatchObject({ code: 'bad_setting' });
});

test('kill -9 in the middle of writing loses nothing that was committed, and the next start needs no help', async () => {
  const server = serverProcess();
  await once(server, 'message');
  const client = await clientOf({
    host: placesOf(dataDir).socketFolder,
    port: 5432,
    user: 'postgres',
    database: 'postgres',
  });
  await client.query('CREATE TABLE kept (n int, filler text)');
  let committed = 0;
  const writing = (async () => {
    for (;;) {
      await client.query('INSERT INTO kept VALUES ($1, $2)', [committed + 1, 'x'.repeat(4_000)]);
      committed += 1;
    }
  })().catch(() => {});
  while (committed < 300) await sleep(5);
  server.kill('SIGKILL');
  await writing;
  const embedded = await open();
  const after = await clientOf(embedded.connection);
  const { rows } = await after.query<{ n: number; whole: boolean }>(
    'SELECT count(*)::int AS n, bool_and(length(filler) = 4000) AS whole FROM kept',
  );
  expect(rows[0]!.whole).toBe(true);
  expect(rows[0]!.n).toBeGreaterThanOrEqual(committed);
  expect(rows[0]!.n).toBeLessThanOrEqual(committed + 1);
  await after.end();
  await embedded.close();
});

test('the database goes on for a command when the start that opened it is killed, and ends with its last client', async () => {
  const starter = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOLDER, dataDir, snapshot], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(starter);
  await once(starter.stdout, 'data');
  const command = await open();
  expect(command.owned).toBe(false);
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  await sleep(400);
  const client = await clientOf(command.connection);
  expect((await client.query('SELECT 1 AS v')).rows).toEqual([{ v: 1 }]);
  await client.end();
  await command.close();
  await expect.poll(() => readdir(placesOf(dataDir).socketFolder)).not.toContain('.s.PGSQL.5432');
});

test('should its process break, it is started again and what was committed is there', async () => {
  const embedded = await open();
  const client = await clientOf(embedded.connection);
  await client.query('CREATE TABLE survived (n int)');
  const [pid] = await pidsOf(dataDir);
  process.kill(pid!, 'SIGKILL');
  await expect
    .poll(
      async () =>
        (
          await clientOf(embedded.connection).then((next) =>
            next.query('SELECT count(*)::int AS n FROM survived').finally(() => next.end()),
          )
        ).rows,
      { timeout: 20_000 },
    )
    .toEqual([{ n: 0 }]);
  await embedded.close();
});

test('a database whose making was broken off is made anew', async () => {
  const places = placesOf(dataDir);
  await mkdir(places.database, { recursive: true });
  await writeFile(path.join(places.database, 'PG_VERSION'), '18\n');
  await mkdir(path.dirname(places.unfinished), { recursive: true });
  await writeFile(places.unfinished, '');
  const embedded = await open();
  const client = await clientOf(embedded.connection);
  expect((await client.query('SELECT count(*)::int AS n FROM person')).rows).toEqual([{ n: 0 }]);
  await client.end();
  await embedded.close();
});

test('data of another PostgreSQL are left alone, with a sentence that says so', async () => {
  const { database } = placesOf(dataDir);
  await mkdir(database, { recursive: true });
  await writeFile(path.join(database, 'PG_VERSION'), '17\n');
  await expect(open()).rejects.toMatchObject({
    code: 'bad_setting',
    message: expect.stringContaining('PostgreSQL 17'),
  });
  expect(await readdir(database)).toEqual(['PG_VERSION']);
});

test('a socket that a dead process left behind is no obstacle', async () => {
  const server = serverProcess();
  await once(server, 'message');
  server.kill('SIGKILL');
  await once(server, 'exit');
  expect(await readdir(placesOf(dataDir).socketFolder)).toContain('.s.PGSQL.5432');
  const embedded = await open();
  expect(embedded.owned).toBe(true);
  await embedded.close();
});

test('a data folder with a path too long for a socket gets one elsewhere', async () => {
  const deep = path.join(dataDir, 'x'.repeat(60), 'y'.repeat(60));
  const embedded = await openEmbedded({ dataDir: deep, log: silentLog, snapshot });
  expect(placesOf(deep).socket.length).toBeLessThan(104);
  const client = await clientOf(embedded.connection);
  expect((await client.query('SELECT 1 AS v')).rows).toEqual([{ v: 1 }]);
  await client.end();
  await embedded.close();
});

test.skipIf(process.getuid?.() === 0)('a folder that can’t be written to is named', async () => {
  await chmod(dataDir, 0o500);
  await expect(open({ startOnly: true })).rejects.toMatchObject({
    code: 'bad_setting',
    message: expect.stringContaining(dataDir),
  });
  await chmod(dataDir, 0o700);
});

test('a file in the place of the folder is named', async () => {
  const file = path.join(dataDir, 'file');
  await writeFile(file, '');
  await expect(openEmbedded({ dataDir: file, log: silentLog })).rejects.toMatchObject({
    code: 'bad_setting',
    message: expect.stringContaining(file),
  });
});

/** Processes of the embedded server on this data folder. */
/** The database's processes for a folder. A bare Linux has no `ps`, and other systems have no /proc. */
async function pidsOf(folder: string): Promise<number[]> {
  const lines = process.platform === 'linux' ? await commandLines() : await listed();
  return lines
    .filter((line) => line.includes('embedded/server.ts') && line.includes(folder))
    .map((line) => Number(line.trim().split(' ')[0]));
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return Promise.all(pids.map(async (pid) => `${pid} ${(await read(pid)).replaceAll('\0', ' ')}`));
}

async function listed(): Promise<string[]> {
  const listing = spawn('ps', ['-eo', 'pid,args'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of listing.stdout) text += String(chunk);
  return text.split('\n');
}
