import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const LAUNCHER = ['run.mjs', 'launch.mjs', 'prepare.mjs', 'tied.mjs'];

let folder: string;

/** A project of its own: our launcher, a lock file without packages, a schema that is already generated. */
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gh-launcher-'));
  await mkdir(path.join(folder, 'scripts'));
  for (const file of LAUNCHER) await copyFile(path.join(root, 'scripts', file), path.join(folder, 'scripts', file));
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', type: 'module' }));
  await writeFile(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({
      name: 'x',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: { '': { name: 'x', version: '1.0.0' } },
    }),
  );
  await mkdir(path.join(folder, 'prisma'));
  await copyFile(path.join(root, 'prisma/schema.prisma'), path.join(folder, 'prisma/schema.prisma'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function installed(): Promise<void> {
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  await copyFile(path.join(root, 'package-lock.json'), path.join(folder, 'package-lock.json'));
}
const script = (text: string) => writeFile(path.join(folder, 'scripts/it.ts'), text);

function launch(...given: string[]) {
  const child = spawn(
    process.execPath,
    [path.join(folder, 'scripts/run.mjs'), path.join(folder, 'scripts/it.ts'), ...given],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_execpath: '' } },
  );
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, output, errors }));
  const said = async (text: string) => {
    while (!output.includes(text)) await sleep(20);
    return output;
  };
  return { child, ended, said };
}

test('a failed install says why and what to do, and runs nothing', async () => {
  await script("process.stdout.write('ran')");
  const needs = { name: 'x', version: '1.0.0', type: 'module', dependencies: { 'not-in-the-lock': '1.0.0' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(needs));
  const { code, output, errors } = await launch().ended;
  expect(code).toBe(1);
  expect(output).toBe('');
  expect(errors).toMatch(/^Installing…\n[\s\S]*npm error[\s\S]*Installing failed[\s\S]*npm ping/);
});

test('the script runs on Node 24 with its arguments, and its exit code is passed on', async () => {
  await installed();
  await script(
    "process.stdout.write([process.versions.node.split('.')[0], ...process.argv.slice(2), process.env.PATH!.split(':')[0]].join('|')); process.exitCode = 7 as number;",
  );
  const { code, output, errors } = await launch('a', 'b c').ended;
  expect(output).toBe(`24|a|b c|${path.dirname(process.execPath)}`);
  expect(errors).toBe('');
  expect(code).toBe(7);
});

test('what is installed already is not installed again, and the client is made once', async () => {
  await installed();
  await script("process.stdout.write('ran')");
  expect(await launch().ended).toMatchObject({ output: 'ran', errors: '' });
  const stamp = path.join(folder, 'prisma/generated/.made-from');
  const made = await readFile(stamp, 'utf8');
  await rm(path.join(folder, 'prisma/generated/client.ts'));
  await launch().ended;
  await expect(readFile(path.join(folder, 'prisma/generated/client.ts'))).rejects.toThrow('ENOENT');
  await writeFile(
    path.join(folder, 'prisma/schema.prisma'),
    `${await readFile(path.join(folder, 'prisma/schema.prisma'), 'utf8')}\n// changed\n`,
  );
  expect(await launch().ended).toMatchObject({ code: 0, errors: '' });
  expect(await readFile(stamp, 'utf8')).not.toBe(made);
  await readFile(path.join(folder, 'prisma/generated/client.ts'));
});

const STAYS =
  "process.once('SIGTERM', () => { process.stdout.write('asked to end'); process.exit(3); }); process.stdout.write('up'); setInterval(() => {}, 1000);";

test.each(['SIGINT', 'SIGTERM'] as const)('%s to the launcher asks the script to end, once', async (signal) => {
  await installed();
  await script(STAYS);
  const { child, ended, said } = launch();
  await said('up');
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 3, output: 'upasked to end' });
});

test('a script whose launcher was killed ends as if asked to', async () => {
  await installed();
  await script(STAYS);
  const { child, said } = launch();
  await said('up');
  child.kill('SIGKILL');
  expect(await said('asked to end')).toBe('upasked to end');
});

/** What npm runs for `npm start`, with a script of ours in the place of the program. */
async function npmRuns(change: (script: string) => string = (script) => script): Promise<string> {
  const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['demo:slack']).toBe(scripts['start']?.replaceAll('scripts/start.ts', 'scripts/demo-slack.ts'));
  expect(scripts['demo:teams']).toBe(scripts['start']?.replaceAll('scripts/start.ts', 'scripts/demo-teams.ts'));
  return change(scripts['start']!.replaceAll('scripts/start.ts', 'scripts/it.ts'));
}

const COUNTS = `
  const heard: string[] = [];
  const ask = () => setTimeout(() => { process.stdout.write(heard.filter((each) => each === 'SIGINT').length + ' SIGINT, ended'); process.exit(0); }, 500);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { if (heard.length === 0) ask(); heard.push(signal); });
  process.stdout.write('up');
  setInterval(() => {}, 1000);`;

async function npmStart(text: string) {
  await installed();
  await script(COUNTS);
  const described = { name: 'x', version: '1.0.0', type: 'module', scripts: { start: text } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(described));
  // A group of its own, as a terminal gives it one: what reaches the group reaches npm, its shell, the launcher and the script.
  const npm = spawn('npm', ['start', '--silent'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let output = '';
  npm.stdout.on('data', (chunk) => (output += String(chunk)));
  const ended = once(npm, 'close').then(([code]) => ({ code: code as number | null, output }));
  while (!output.includes('up')) await sleep(20);
  return { npm, ended };
}

describe.skipIf(process.platform === 'win32')('npm start', () => {
  test('ends with 0 on Ctrl-C, which the program hears once', async () => {
    const { npm, ended } = await npmStart(await npmRuns());
    process.kill(-npm.pid!, 'SIGINT');
    expect(await ended).toEqual({ code: 0, output: 'up1 SIGINT, ended' });
  });

  test('ends with 0 when npm alone is asked to end', async () => {
    const { npm, ended } = await npmStart(await npmRuns());
    npm.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, output: 'up0 SIGINT, ended' });
  });

  test('runs where the shell has no exec, as on Windows', async () => {
    const { npm, ended } = await npmStart(
      // The same line with this system in the place of the other one.
      await npmRuns((script) => script.replace('win32', process.platform).replace('exec', 'unknown-to-this-shell')),
    );
    process.kill(-npm.pid!, 'SIGINT');
    expect((await ended).output).toBe('up1 SIGINT, ended');
  });
});
