import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START = path.join(import.meta.dirname, '../../../scripts/start.ts');
const READY_WITHIN_MS = 100_000;

export type Running = { said(): string; ready(): Promise<void>; stop(): Promise<number | null>; child: ChildProcess };

/** The program as `npm start` runs it, with these settings and no other. */
export async function start(settings: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', START], {
    env: { PATH: process.env['PATH'] ?? '', OLLAMA_DISCOVERY: 'off', PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    said: () => said,
    async ready() {
      const until = Date.now() + READY_WITHIN_MS;
      while (!said.includes('Gatehouse is at')) {
        if (child.exitCode !== null || Date.now() > until) throw new Error(`It did not start:\n${said.slice(-2_000)}`);
        await sleep(100);
      }
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
