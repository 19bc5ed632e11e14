import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { providePgvector } from './pgvector.ts';
import { freePort, isAlive, runProgram } from './process.ts';
import type { ServiceOptions, Services } from './types.ts';

const PACKAGES = ['postgresql', 'postgresql-server-dev-all', 'redis-server', 'build-essential'];
const isRoot = () => process.getuid?.() === 0;

/** Whether Debian's programs can be had here: installed, or installable by root. */
export const canUseDebian = (): boolean =>
  isRoot() ? existsSync('/usr/bin/apt-get') : versions().length > 0 && existsSync('/usr/bin/redis-server');

/** Starts PostgreSQL and Redis from Debian's packages, each on a free port of the loopback address, behind a random password. */
export async function startDebian(options: ServiceOptions, say: (line: string) => void): Promise<Services> {
  if (isRoot()) await installPackages(say);
  const major = versions().at(-1)!;
  if (isRoot()) await providePgvector(major, say);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-services-'));
  const user = isRoot() ? userOf('postgres') : null;
  const asUser = (program: string, ...rest: string[]): Promise<string> =>
    user
      ? runProgram(
          'setpriv',
          ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', program, ...rest],
          { cwd: folder },
        )
      : runProgram(program, rest, { cwd: folder });
  const own = (file: string) => user && chownSync(file, user.uid, user.gid);
  own(folder);

  const password = randomBytes(18).toString('base64url');
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile);
  const postgresBin = `/usr/lib/postgresql/${major}/bin`;
  const data = path.join(folder, 'postgres');
  await asUser(
    `${postgresBin}/initdb`,
    '-D',
    data,
    '-U',
    'gatehouse',
    '--pwfile',
    passwordFile,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  );
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 200,
    shared_buffers: '256MB',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings)
    .map(([key, value]) => `-c ${key}=${value}`)
    .join(' ');
  await asUser(
    `${postgresBin}/pg_ctl`,
    '-D',
    data,
    '-l',
    path.join(folder, 'postgres.log'),
    '-w',
    '-o',
    flags,
    'start',
  );
  const url = (database: string) => `postgresql://gatehouse:${password}@127.0.0.1:${port}/${database}`;
  await runProgram(`${postgresBin}/psql`, [url('postgres'), '-qc', 'CREATE DATABASE gatehouse']);

  const redisPort = await freePort();
  const redisData = path.join(folder, 'redis');
  mkdirSync(redisData);
  own(redisData);
  const pidFile = path.join(redisData, 'pid');
  await asUser(
    '/usr/bin/redis-server',
    '--port',
    String(redisPort),
    '--bind',
    '127.0.0.1',
    '--requirepass',
    password,
    '--dir',
    redisData,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    '--daemonize',
    'yes',
    '--pidfile',
    pidFile,
    '--logfile',
    path.join(redisData, 'log'),
  );
  const redisPid = await pidIn(pidFile);
  return {
    by: 'debian',
    databaseUrl: url('gatehouse'),
    redisUrl: `redis://:${password}@127.0.0.1:${redisPort}`,
    folder,
    postgresBin,
    redisPid,
  };
}

/** Ends what `startDebian` started and removes its data. */
export async function stopDebian({ folder, redisPid }: Services): Promise<void> {
  if (!folder) return;
  const pidFile = path.join(folder, 'postgres/postmaster.pid');
  const postgresPid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0;
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients.
  if (postgresPid > 0 && isAlive(postgresPid)) process.kill(postgresPid, 'SIGINT');
  if (redisPid && isAlive(redisPid)) process.kill(redisPid, 'SIGTERM');
  for (let tries = 0; tries < 100 && [postgresPid, redisPid ?? 0].some((pid) => pid > 0 && isAlive(pid)); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  rmSync(folder, { recursive: true, force: true });
}

async function installPackages(say: (line: string) => void): Promise<void> {
  const header = () => versions().some((major) => existsSync(`/usr/include/postgresql/${major}/server/postgres.h`));
  if (versions().length > 0 && header() && existsSync('/usr/bin/redis-server') && existsSync('/usr/bin/make')) return;
  say(`installing ${PACKAGES.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram('apt-get', ['update', '-qq'], { env });
  await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], { env });
}

/** Major versions of PostgreSQL whose server is installed, the newest last. */
function versions(): string[] {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((major) => existsSync(`${folder}/${major}/bin/initdb`))
    .toSorted((a, b) => Number(a) - Number(b));
}

/** PostgreSQL refuses to run as root. */
function userOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function pidIn(file: string): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Redis did not write its process id');
}
