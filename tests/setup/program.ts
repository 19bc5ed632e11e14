import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/services/process.ts';

const SCRIPTS = path.join(import.meta.dirname, '../../scripts');
const READY_WITHIN_MS = 100_000;
/** A script that hangs is ended, so that nothing of a test outlives it. */
const ENDS_WITHIN_MS = 110_000;

/** A script of ours on this Node, with these settings and no others: a model server that runs here changes nothing. */
const launch = (script: string, given: readonly string[], settings: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(SCRIPTS, script), ...given], {
    env: { PATH: process.env['PATH'] ?? '', OLLAMA_DISCOVERY: 'off', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export type Ended = { code: number | null; out: string; errors: string };

/** A script to its end: what it says on standard output, what on standard error, and its exit code. */
export async function runScript(
  script: string,
  given: readonly string[],
  settings: Record<string, string>,
): Promise<Ended> {
  const child = launch(script, given, settings);
  const late = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  const [out, errors] = [said(child.stdout), said(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(late);
  return { code, out: out(), errors: errors() };
}

export type Running = {
  url: string;
  said(): string;
  ready(): Promise<void>;
  stop(): Promise<number | null>;
  child: ChildProcess;
};

/** The program as `npm start` runs it, on a free port. */
export async function start(settings: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const child = launch('start.ts', [], { PORT: String(port), ...settings });
  const [out, errors] = [said(child.stdout), said(child.stderr)];
  const everything = () => out() + errors();
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    said: everything,
    async ready() {
      const until = Date.now() + READY_WITHIN_MS;
      while (!out().includes('Gatehouse is at')) {
        if (child.exitCode !== null || Date.now() > until)
          throw new Error(`It did not start:\n${everything().slice(-2_000)}`);
        await sleep(100);
      }
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** What a stream has given so far. */
function said(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
