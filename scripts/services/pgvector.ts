import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isOldPgvector } from '../../core/storage/pool.ts';
import { runProgram } from './process.ts';

/** Debian's suites from the next release on; the newest version whose files the mirror has is taken. */
const SUITES = 'trixie forky sid';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The folder for what is fetched and compiled once on this machine. */
export const cacheFolder = (): string =>
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'gatehouse');

/** pgvector for PostgreSQL `major` in place: 0.8.7 or later, or the newest that Debian's mirror has, compiled from its sources. */
export async function providePgvector(major: string, say: (line: string) => void): Promise<void> {
  const installed = installedVersion(major);
  if (installed !== '' && !isOldPgvector(installed)) return;
  const sources = unpacked() ?? (await fetchSources());
  if (installed !== '' && path.basename(sources) === `pgvector-${installed}`) return;
  say(`compiling ${path.basename(sources)} for PostgreSQL ${major}`);
  const config = `PG_CONFIG=/usr/lib/postgresql/${major}/bin/pg_config`;
  // OPTFLAGS= leaves out -march=native, so that what is compiled also serves another processor.
  const make = ['-C', sources, `-j${os.availableParallelism()}`, config, 'OPTFLAGS='];
  await runProgram('make', [...make, 'clean']);
  await runProgram('make', make);
  await runProgram('make', [...make, 'install']);
}

const folder = path.join(cacheFolder(), 'pgvector');

/** The newest sources that were unpacked before. */
function unpacked(): string | null {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => /^pgvector-[\d.]+$/.test(name));
  const newest = names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  return newest ? path.join(folder, newest) : null;
}

function installedVersion(major: string): string {
  const control = `/usr/share/postgresql/${major}/extension/vector.control`;
  return existsSync(control) ? (/default_version = '([^']+)'/.exec(readFileSync(control, 'utf8'))?.[1] ?? '') : '';
}

/** The unpacked sources, fetched with lists of their own: the machine's package sources stay as they are. */
async function fetchSources(): Promise<string> {
  const parts = path.join(folder, 'sources');
  for (const needed of ['lists/partial', 'cache/archives/partial', 'sources'])
    mkdirSync(path.join(folder, needed), { recursive: true });
  writeFileSync(
    path.join(parts, 'next.sources'),
    `Types: deb-src\nURIs: ${mirror()}\nSuites: ${SUITES}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  const own = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${parts}`,
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    'APT::Sandbox::User=root',
  ];
  const options = own.flatMap((option) => ['-o', option]);
  await runProgram('apt-get', ['update', '-qq', ...options]);
  const known = await runProgram('apt-cache', ['showsrc', ...options, 'pgvector']);
  const versions = [...known.matchAll(/^Version: (\S+)/gm)].map(([, version]) => version!);
  const newestFirst = versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  for (const [index, version] of newestFirst.entries()) {
    try {
      // Without dpkg-dev apt can't unpack: tar does it.
      await runProgram('apt-get', ['source', '--download-only', '-qq', ...options, `pgvector=${version}`], {
        cwd: folder,
      });
    } catch (error) {
      if (index === newestFirst.length - 1) throw error;
      continue;
    }
    const upstream = version.replace(/-[^-]*$/, '');
    const archive = readdirSync(folder).find((name) => name.startsWith(`pgvector_${upstream}.orig.tar.`))!;
    await runProgram('tar', ['xf', archive], { cwd: folder });
    break;
  }
  return unpacked()!;
}

/** The mirror this machine already uses. */
function mirror(): string {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter(existsSync);
  const found = files
    .map((file) => /^(?:URIs:|deb)\s+(https?:\S+)/m.exec(readFileSync(file, 'utf8'))?.[1])
    .find(Boolean);
  return found ?? 'http://deb.debian.org/debian';
}
