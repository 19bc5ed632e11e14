import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const START = path.join(import.meta.dirname, '../../scripts/start.ts');

/** What a start says about what stands in its way, and how it ends; `signal` where it had to be ended. */
async function start(environment: Record<string, string>): Promise<{ said: string[]; code: number | null }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', START], {
    env: { PATH: process.env['PATH'] ?? '', OLLAMA_DISCOVERY: 'off', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 25_000,
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { said: Buffer.concat(said).toString().trim().split('\n'), code };
}

test('wrong settings are said all at once, a line each', async () => {
  const { said, code } = await start({ PORT: 'many', EMBEDDING_MODEL: 'none', HOST: '0.0.0.0' });
  expect(code).toBe(1);
  expect(said.map((line) => line.split(' ')[0])).toEqual(['PORT', 'EMBEDDING_MODEL', 'PUBLIC_URL']);
});

// Where nothing may be written, in two ways of refusing: "not a folder", and on Linux "no such file" for ever.
test.each(['/dev/null/data', ...(process.platform === 'linux' ? ['/proc/data'] : [])])(
  'a folder that cannot be written, %s, is said in one line',
  async (folder) => {
    const { said, code } = await start({ DATA_DIR: folder });
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringMatching(`^DATA_DIR ${folder} cannot be written`)]);
  },
);

test('a taken port is said in one line, before anything is opened', async () => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as net.AddressInfo;
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-taken-'));
  const { said, code } = await start({ PORT: String(port), DATA_DIR: folder });
  expect(code).toBe(1);
  expect(said).toEqual([expect.stringMatching(`^PORT ${port} is taken`)]);
  expect(await readdir(folder)).toEqual([]);
  other.close();
  await rm(folder, { recursive: true });
});
