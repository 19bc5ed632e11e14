import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createExtractor } from '../../../core/knowledge/extraction-process/extractor.ts';
import type { Extractor, ExtractorOptions } from '../../../core/knowledge/extraction-process/extractor.ts';
import { fencedCommand } from '../../../core/knowledge/extraction-process/fence.ts';
import { startExtractionProcess } from '../../../core/knowledge/extraction-process/process.ts';
import { aDocx, anEncryptedDocx, aParagraph, aPdf } from '../../fixtures/files/make.ts';

const ONE_GB = 1_000_000_000;
const FOLDER = path.resolve(import.meta.dirname, '../../../core/knowledge/extraction-process');
const SEAL = pathToFileURL(path.join(FOLDER, 'seal.ts')).href;
const FRAMES = pathToFileURL(path.join(FOLDER, 'frames.ts')).href;

/** A program in place of the reader, behind the same fence: it says that it is ready, takes the file and then does this. */
const programThat = (code: string): string[] => [
  '--input-type=module',
  '--eval',
  `import '${SEAL}';
   import fs from 'node:fs';
   import { createRequire } from 'node:module';
   import { frame } from '${FRAMES}';
   const require = createRequire('${SEAL}');
   const say = (value) => fs.writeSync(1, frame(value));
   say({ kind: 'ready' });
   fs.readSync(0, Buffer.alloc(4));
   const tell = (text) => say({ kind: 'extracted', document: { title: String(text).slice(0, 300), language: null, pages: null }, passages: [] });
   ${code}`,
];

const limits = { timeoutMs: 20_000, memoryBytes: ONE_GB };

/** What a program behind the fence was told when it tried this. */
async function attempt(code: string): Promise<string> {
  const fenced = startExtractionProcess(
    limits,
    programThat(
      `let told; try { told = 'DONE ' + (await (async () => { ${code} })()); } catch (error) { told = error.code ?? error.message; } tell(told);`,
    ),
  );
  try {
    return (await fenced.extract('a.txt', Buffer.from('x'))).document.title ?? '';
  } finally {
    await fenced.end();
  }
}

const opened: Extractor[] = [];
const extractorWith = (options: Partial<ExtractorOptions> = {}): Extractor => {
  const extractor = createExtractor({ processes: 1, ...limits, log: { warn: () => {} }, ...options });
  opened.push(extractor);
  return extractor;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((extractor) => extractor.close()));
});
const file = (name: string, bytes: Uint8Array, knowledgeBaseId = 'one') => ({ knowledgeBaseId, name, bytes });

test('files outside the program cannot be read, nor anything written', async () => {
  const data = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-data-'));
  await writeFile(path.join(data, 'secret'), 'top secret');
  for (const place of [
    path.join(data, 'secret'),
    '/etc/passwd',
    '/proc/self/environ',
    path.resolve(FOLDER, '../../../.git/HEAD'),
  ])
    expect(await attempt(`return fs.readFileSync(${JSON.stringify(place)}, 'utf8')`)).toBe('ERR_ACCESS_DENIED');
  expect(await attempt(`return fs.writeFileSync(${JSON.stringify(path.join(data, 'new'))}, 'x')`)).toBe(
    'ERR_ACCESS_DENIED',
  );
  await rm(data, { recursive: true });
});

test('the network cannot be reached by any way in', async () => {
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const modules = 'net tls dgram dns dns/promises http https http2 cluster inspector _tls_wrap _http_client'.split(' ');
  const open = `const open = [];
    for (const name of ${JSON.stringify(modules)}) {
      try { require('node:' + name); open.push('require ' + name); } catch {}
      try { await import(name); open.push('import ' + name); } catch {}
    }
    return JSON.stringify(open);`;
  expect(await attempt(open)).toBe('DONE []');
  expect(await attempt(`return typeof require('module')._load('net')`)).toMatch(/closed/);
  expect(
    await attempt(
      `return [typeof fetch, typeof WebSocket, typeof EventSource, typeof process.getBuiltinModule, typeof process.binding, typeof process.stdout]`,
    ),
  ).toBe('DONE undefined,undefined,undefined,undefined,undefined,undefined');
  expect(await attempt(`return require('node:module').registerHooks({})`)).not.toMatch(/^DONE/);
  expect(await attempt(`return (await import('http://127.0.0.1:${port}/x.mjs')).default`)).not.toMatch(/^DONE/);
  expect(connections).toBe(0);
  server.close();
}, 60_000);

test('no process, thread or addon can be started, no other process signalled, no code made from text', async () => {
  expect(await attempt(`return require('node:child_process').execSync('id')`)).not.toMatch(/^DONE/);
  expect(await attempt(`return new (require('node:worker_threads').Worker)('1', { eval: true })`)).not.toMatch(/^DONE/);
  expect(await attempt(`return process.kill(${process.pid}, 0)`)).not.toMatch(/^DONE/);
  expect(await attempt(`return process.dlopen({}, '/x.node')`)).not.toMatch(/^DONE/);
  expect(await attempt(`return eval('1 + 1')`)).not.toMatch(/^DONE/);
});

test('the environment with its secrets stays outside', async () => {
  process.env['SECRET_KEY_FOR_TEST'] = 'secret';
  expect(
    await attempt(`return JSON.stringify(Object.keys(process.env).filter((name) => name.includes('SECRET')))`),
  ).toBe('DONE []');
});

test('an endless loop is killed in time and told as such', async () => {
  const loop = startExtractionProcess({ timeoutMs: 500, memoryBytes: ONE_GB }, programThat('for (;;);'));
  const start = performance.now();
  await expect(loop.extract('a.txt', Buffer.from('x'))).rejects.toMatchObject({ code: 'file_timeout' });
  expect(performance.now() - start).toBeLessThan(10_000);
  await loop.end();
  expect(loop.isAlive()).toBe(false);
});

test.each([
  ['heap', 'const all = []; for (;;) all.push({ text: "x".repeat(10) + all.length });'],
  ['buffers', 'const all = []; for (;;) all.push(Buffer.alloc(1_000_000, 1));'],
  [
    'WebAssembly',
    'const all = []; for (;;) { const memory = new WebAssembly.Memory({ initial: 160 }); new Uint8Array(memory.buffer).fill(1); all.push(memory); }',
  ],
])('a process that takes too much memory by %s is killed and told as such', async (_, code) => {
  const hog = startExtractionProcess({ timeoutMs: 25_000, memoryBytes: 300_000_000 }, programThat(code));
  await expect(hog.extract('a.txt', Buffer.from('x'))).rejects.toMatchObject({ code: 'file_memory' });
  await hog.end();
});

test('an answer that is none ends the process', async () => {
  for (const answer of [
    `say({ kind: 'refused', code: 'forbidden', message: 'x' })`,
    `fs.writeSync(1, 'rubbish that is no frame at all')`,
  ]) {
    const broken = startExtractionProcess(limits, programThat(`${answer}; setInterval(() => {}, 1000);`));
    await expect(broken.extract('a.txt', Buffer.from('x'))).rejects.toMatchObject({ name: 'AppError' });
    await broken.end();
  }
});

test.runIf(existsSync('/usr/bin/setpriv'))(
  'a process ends with the server that started it, even in an endless loop',
  async () => {
    const module = pathToFileURL(path.join(FOLDER, 'process.ts')).href;
    const server = `import { startExtractionProcess } from '${module}';
    const loop = startExtractionProcess({ timeoutMs: 60000, memoryBytes: 1e9 }, ${JSON.stringify(programThat('for (;;);'))});
    void loop.extract('a.txt', Buffer.from('x'));
    setTimeout(() => console.log(loop.pid), 1500);`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', server], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(
      await new Promise<string>((resolve) => parent.stdout.once('data', (data: Buffer) => resolve(data.toString()))),
    );
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
  },
);

test('a bad file gets its reason, and the next one is read', async () => {
  const extractor = extractorWith();
  const pdf = await aPdf((page) => page.text('secret'), { userPassword: 'word', pdfVersion: '1.7' });
  const whole = aDocx(aParagraph('text').repeat(100));
  const bad: [string, Uint8Array, string][] = [
    ['a.pdf', pdf, 'file_encrypted'],
    ['a.docx', anEncryptedDocx(), 'file_encrypted'],
    ['a.docx', whole.subarray(0, whole.length / 2), 'file_corrupt'],
    ['a.docx', aDocx(aParagraph('a'.repeat(60_000_000))), 'file_bomb'],
    ['a.txt', new Uint8Array(), 'file_empty'],
    ['a.txt', pdf, 'file_type_mismatch'],
    ['a.pdf', Buffer.concat([pdf, Buffer.alloc(101_000_000)]), 'file_too_large'],
  ];
  for (const [name, bytes, code] of bad) {
    await expect(extractor.extract(file(name, bytes))).rejects.toMatchObject({ code });
    await expect(extractor.extract(file('good.txt', Buffer.from('Good text.')))).resolves.toMatchObject({
      passages: [{ text: 'Good text.' }],
    });
  }
}, 60_000);

test('a file that takes too long or that nobody waits for any more is stopped, and the next one is read', async () => {
  const csv = Buffer.from('a,b\n'.padEnd(60_000_000, '1,2\n'));
  const extractor = extractorWith({ timeoutMs: 400, memoryBytes: 4 * ONE_GB });
  await expect(extractor.extract(file('a.csv', csv))).rejects.toMatchObject({ code: 'file_timeout' });
  const stopped = extractorWith();
  const asked = stopped.extract({ ...file('a.csv', csv), signal: AbortSignal.timeout(300) });
  await expect(asked).rejects.toMatchObject({ code: 'stopped' });
  await expect(stopped.extract(file('b.txt', Buffer.from('Good.')))).resolves.toMatchObject({
    passages: [{ text: 'Good.' }],
  });
});

test('a reader that is ended from outside says nothing bad of the file, and Ctrl-C in a terminal does not reach it', async () => {
  const fenced = startExtractionProcess(limits, programThat('for (;;) {}'));
  const reading = fenced.extract('a.txt', Buffer.from('x'));
  const group = (await readFile(`/proc/${fenced.pid}/stat`, 'utf8')).split(' ')[4];
  expect(Number(group)).toBe(fenced.pid);
  setTimeout(() => process.kill(fenced.pid, 'SIGTERM'), 200);
  await expect(reading).rejects.toMatchObject({ code: 'internal' });
});

test('a process never sees files of two knowledge bases', async () => {
  const pids = new Map<string, Set<number>>();
  const extractor = extractorWith({ processes: 2 });
  const files = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 'one' : index % 3 === 1 ? 'two' : 'three'));
  await Promise.all(
    files.map(async (knowledgeBase, index) => {
      const { processId } = await extractor.extract(file('a.txt', Buffer.from(`Text ${index}.`), knowledgeBase));
      pids.set(knowledgeBase, (pids.get(knowledgeBase) ?? new Set()).add(processId));
    }),
  );
  const all = [...pids.values()].flatMap((ids) => [...ids]);
  expect(pids.size).toBe(3);
  expect(new Set(all).size).toBe(all.length);
}, 60_000);

test('processes that were started ahead read files of every kind', async () => {
  const extractor = extractorWith({ processes: 2 });
  extractor.prewarm();
  const pdf = await aPdf((page) => page.text('Good text.'));
  const read = [file('a.pdf', pdf), file('b.txt', Buffer.from('Good text.'), 'two')].map((input) =>
    extractor.extract(input),
  );
  for (const { passages } of await Promise.all(read)) expect(passages.map(({ text }) => text)).toEqual(['Good text.']);
});

test('a process ends after fifty files, all of which are read', async () => {
  const extractor = extractorWith();
  const ids = await Promise.all(
    Array.from(
      { length: 60 },
      async (_, index) => (await extractor.extract(file('a.txt', Buffer.from(`Text ${index}.`)))).processId,
    ),
  );
  const counts = [...Map.groupBy(ids, (id) => id).values()].map((group) => group.length);
  expect(counts).toEqual([50, 10]);
});

test('what waits when the program stops is told so, and no process is left', async () => {
  const extractor = extractorWith();
  const waiting = Array.from({ length: 3 }, () =>
    extractor.extract(file('a.txt', Buffer.from('Text.'))).catch((error: { code: string }) => error.code),
  );
  await extractor.close();
  expect(await Promise.all(waiting)).toContain('stopped');
  await expect(extractor.extract(file('a.txt', Buffer.from('Text.')))).rejects.toMatchObject({ code: 'stopped' });
});

test('the command names no folder but those of the program itself', () => {
  const { args } = fencedCommand(['x.ts'], ONE_GB);
  const readable = args
    .filter((argument) => argument.startsWith('--allow-'))
    .map((argument) => argument.split('=')[1] ?? '');
  expect(readable.length).toBeGreaterThanOrEqual(3);
  for (const place of readable) expect(place).toMatch(/\/(?:core|node_modules|package\.json)$/);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
