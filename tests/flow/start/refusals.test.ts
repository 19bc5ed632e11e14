import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../scripts/services/process.ts';
import { aGate } from '../../setup/gate.ts';
import { runScript } from '../../setup/program.ts';

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-refused-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** What a start says about what stands in its way, a line each, and how it ends. */
async function start(settings: Record<string, string>): Promise<{ said: string[]; code: number | null }> {
  const { errors, code } = await runScript('start.ts', [], settings);
  return { said: errors.trim().split('\n'), code };
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
  onTestFinished(() => void other.close());
  const { port } = other.address() as net.AddressInfo;
  const folder = await aFolder();
  const { said, code } = await start({ PORT: String(port), DATA_DIR: folder });
  expect(code).toBe(1);
  expect(said).toEqual([expect.stringMatching(`^PORT ${port} is taken`)]);
  expect(await readdir(folder)).toEqual([]);
});

// A PostgreSQL of its own, into which the extension was never installed.
test.for(['start.ts', 'migrate.ts', 'ask.ts'])(
  'a database without pgvector is said in one line that tells what to do, and left as it was: %s',
  async (script) => {
    await using gate = await aGate();
    const settings = {
      DATABASE_URL: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(gate.folder)}`,
      SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      PUBLIC_URL: 'http://localhost:3000',
      DATA_DIR: await aFolder(),
      PORT: String(await freePort()),
    };
    const given = script === 'ask.ts' ? ['--as', 'ann@example.com', 'What is this?'] : [];
    const { code, out, errors } = await runScript(script, given, settings);
    expect(errors).toMatch(/^This PostgreSQL 1\d\.\d+ has no pgvector: install it there [^\n]+\n$/);
    expect(out).toBe('');
    expect(code).toBe(1);
    const client = await gate.client();
    const tables = await client.query("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    expect(tables.rows).toEqual([]);
  },
);
