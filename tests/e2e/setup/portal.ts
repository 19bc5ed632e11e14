import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { startModelServer } from '../../fakes/model-server.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FIRST_PORT = 4510;
const LAST_PORT = 4599;
const READY_WITHIN_MS = 360_000;
const BUILT_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 15_000;

/**
 * What each journey knows of the program: where it is, the sample people's password, the first administrator's address,
 * and the folder of its data.
 */
export type RunningPortal = { url: string; password: string; admin: string; folder: string };

declare module 'vitest' {
  interface ProvidedContext {
    portal: RunningPortal;
  }
}

/** The answer of the stub model: bold text, one citation, and things that must never become a link or a picture. */
export const PIECES = [
  'The documents say **this** clearly',
  ' [1].',
  ' More is [here](https://elsewhere.invalid/page)',
  ' ![a picture](https://elsewhere.invalid/pixel.png)',
  ' and https://elsewhere.invalid/bare.',
];

/**
 * Starts the whole program as `npm start` does, on an empty folder with the sample company, beside a small model server
 * that streams. Waits until the whole sample can be asked: what is uploaded later waits behind it.
 * With E2E_URL and E2E_DATA_DIR it takes one that runs already instead, for those who write journeys.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { E2E_URL, E2E_DATA_DIR } = process.env;
  if (E2E_URL && E2E_DATA_DIR) {
    project.provide('portal', { url: E2E_URL, folder: E2E_DATA_DIR, ...(await firstSignIn(E2E_DATA_DIR)) });
    return undefined;
  }
  if (!existsSync(path.join(ROOT, 'portal/web/dist/index.html'))) await buildPortal();
  const models = await startModelServer({ pieces: PIECES, pieceMs: 15 });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-e2e-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const program = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/start.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...withoutSettings(process.env),
      DATA_DIR: folder,
      PORT: String(port),
      OLLAMA_DISCOVERY: 'off',
      VLLM_BASE_URL: `${models.url}/v1`,
      VLLM_CHAT_MODEL: 'stub-chat',
    },
  });
  const said = listen(program);
  const stop = async () => {
    await ended(program);
    await models.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(said, program, async () => (await fetch(`${url}/ready`)).ok);
    const found = await firstSignIn(folder);
    await until(said, program, async () => /(\d+) of \1 documents ready/.test(said()));
    project.provide('portal', { url, folder, ...found });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function firstSignIn(folder: string): Promise<{ admin: string; password: string }> {
  const text = await readFile(path.join(folder, 'first-sign-in.txt'), 'utf8');
  const [admin, password] = [/^Email: +(\S+)$/m, /^Password: +(\S+)$/m].map((line) => line.exec(text)?.[1]);
  if (!admin || !password) throw new Error('The file of the first sign-in names no address or no password');
  return { admin, password };
}

/** Settings of the machine would make this another installation than the one that is meant. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own =
    /^(DATABASE_|REDIS_|OLLAMA_|VLLM_|SLACK_|TEAMS_|SAMPLE$|PUBLIC_URL$|HOST$|PARTS$|SECRET_KEY$|EMBEDDING_MODEL$)/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.test(name)));
}

function listen(program: ChildProcess): () => string {
  let text = '';
  for (const stream of [program.stdout, program.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function until(said: () => string, program: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    if (program.exitCode !== null) throw new Error(`The program ended by itself:\n${said()}`);
    if (await holds().catch(() => false)) return;
    await pause(250);
  }
  throw new Error(`The program was not ready in time:\n${said()}`);
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  const gone = new Promise<void>((resolve) => program.once('exit', () => resolve()));
  program.kill('SIGTERM');
  await Promise.race([gone, pause(STOPPED_WITHIN_MS, undefined, { ref: false }).then(() => program.kill('SIGKILL'))]);
  await gone;
}

async function buildPortal(): Promise<void> {
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
  const build = spawn(process.execPath, [vite, 'build', 'portal/web'], {
    cwd: ROOT,
    stdio: 'ignore',
    timeout: BUILT_WITHIN_MS,
  });
  const code = await new Promise<number | null>((resolve) => build.once('exit', resolve));
  if (code !== 0) throw new Error('The portal could not be built: run vite build portal/web to see why');
}

async function freePort(): Promise<number> {
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) if (await isFree(port)) return port;
  throw new Error(`No port is free from ${FIRST_PORT} to ${LAST_PORT}`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
