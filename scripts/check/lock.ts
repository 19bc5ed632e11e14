import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  version?: string;
  optional?: true;
  dev?: true;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};
type Lock = { packages: Record<string, Entry> };
type Missing = { name: string; version: string; dev: boolean };

const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
  'win32',
  'windows',
  'linux',
];
const PROCESSORS = ['arm64', 'riscv64', 'ppc64', 's390x', 'loong64', 'mips64el', 'ia32', 'x64', 'wasm32', 'arm'];

/**
 * The platform packages that the lock file's packages name and that it lacks. An install from a mirror that does not carry every
 * platform leaves them out, and `npm ci` then refuses the lock file on every platform.
 */
export function missingInLock(file: string): string[] {
  return missing(read(file)).map(({ name, version }) => `${name}@${version}`);
}

/** Adds them, each for its platform only, so that it is fetched there and nowhere else. Gives how many. */
export function completeLock(file: string): number {
  const lock = read(file);
  const added = missing(lock);
  for (const { name, version, dev } of added)
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(dev ? { dev: true } : {}),
      optional: true,
    };
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  return added.length;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Lock;

function missing({ packages }: Lock): Missing[] {
  return Object.entries(packages).flatMap(([from, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isThere(packages, from, name))
      .map(([name, range]) => ({ name, version: range.replace(/^[\^~]/, ''), dev: entry.dev === true })),
  );
}

/** Looks as Node does: beside the package that asks, then further up. */
function isThere(packages: Lock['packages'], from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
    if (!folder.includes('/node_modules/')) folder = '/node_modules/';
  }
}

function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split('/').at(-1)!;
  const system = SYSTEMS.find((one) => words.includes(one));
  const processor = words.includes('wasi') ? 'wasm32' : PROCESSORS.find((one) => words.includes(one));
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    ...(processor ? { cpu: [processor] } : {}),
    ...(libc ? { libc: [libc] } : {}),
    ...(system ? { os: [system === 'windows' ? 'win32' : system] } : {}),
  };
}
