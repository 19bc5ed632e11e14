import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

const PROGRAM_FOLDER = path.resolve(import.meta.dirname, '../../..');
/** Where the program's own code lies; never the data, whose folder may stand beside these. */
const READABLE = ['core', 'node_modules', 'package.json'];
/** Less than the whole: what WebAssembly and buffers take is not part of V8's heap. */
const HEAP_SHARE = 0.7;
const MIN_HEAP_MEBIBYTES = 64;

export type FencedCommand = { file: string; args: string[]; cwd: string };

/**
 * The command that starts a Node program with read access to the program's own code and to nothing else: no other
 * files, no child processes, no threads, no addons, no code from strings. `seal.ts`, which the program has to import
 * first, closes the network; where Linux allows it, the process also has a network of its own without any way out, and
 * it ends together with the process that started it. `program`: the arguments that say what to run.
 */
export function fencedCommand(program: readonly string[], memoryBytes: number): FencedCommand {
  const places = READABLE.map((name) => path.join(PROGRAM_FOLDER, name)).filter((place) => existsSync(place));
  const heap = Math.max(MIN_HEAP_MEBIBYTES, Math.floor((memoryBytes / 1_048_576) * HEAP_SHARE));
  const [file = process.execPath, ...args] = [
    ...systemFence(),
    process.execPath,
    '--permission',
    // A folder may be a link to where it really is.
    ...[...new Set(places.flatMap((place) => [place, realpathSync(place)]))].map((place) => `--allow-fs-read=${place}`),
    `--max-old-space-size=${heap}`,
    '--disallow-code-generation-from-strings',
    '--disable-sigusr1',
    '--no-warnings',
    ...program,
  ];
  return { file, args, cwd: PROGRAM_FOLDER };
}

const OWN_NETWORK = ['/usr/bin/unshare', '--user', '--map-current-user', '--net', '--'];
const DIES_WITH_PARENT = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'];

let systemFenceHere: readonly string[] | null = null;

/** What the system adds, tried once: namespaces are often switched off, and their users may not be able to read the code. */
function systemFence(): readonly string[] {
  if (systemFenceHere !== null) return systemFenceHere;
  const works = (prefix: readonly string[]): boolean => {
    const [file = '', ...args] = prefix;
    if (process.platform !== 'linux' || !prefix.every((part) => !part.startsWith('/') || existsSync(part)))
      return false;
    const look = ['--eval', `require('node:fs').readFileSync(process.argv[1])`, import.meta.filename];
    return (
      spawnSync(file, [...args, process.execPath, ...look], { stdio: 'ignore', env: {}, timeout: 10_000 }).status === 0
    );
  };
  // The signal is asked for last: a change of the user's rights takes it back.
  const fences = [[...OWN_NETWORK, ...DIES_WITH_PARENT], OWN_NETWORK, DIES_WITH_PARENT];
  systemFenceHere = fences.find(works) ?? [];
  return systemFenceHere;
}
