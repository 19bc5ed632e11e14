import * as moduleBuiltin from 'node:module';

/**
 * Closes what Node's permission flags leave open in this process: the network, other processes' signals, and console
 * output that would mix with the answers. Imported before any parser, by its side effect.
 */

/** The only built-in modules that parsers get. Everything that reaches a network is missing from it. */
const ALLOWED = new Set([
  'assert',
  'buffer',
  'constants',
  'crypto',
  'events',
  'fs',
  'fs/promises',
  'module',
  'os',
  'path',
  'perf_hooks',
  'process',
  'punycode',
  'querystring',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers',
  'timers/promises',
  'tty',
  'url',
  'util',
  'util/types',
  'zlib',
]);

moduleBuiltin.registerHooks({
  resolve(specifier, context, nextResolve) {
    const name = specifier.replace(/^node:/, '');
    const builtin = specifier.startsWith('node:') || moduleBuiltin.builtinModules.includes(name);
    if (builtin && !ALLOWED.has(name)) throw new Error(`Module ${name} is closed in an extraction process`);
    if (/^(?:https?|data|blob):/.test(specifier)) throw new Error('Only files are modules in an extraction process');
    return nextResolve(specifier, context);
  },
});

const NETWORK_GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'Worker', 'BroadcastChannel'];
for (const name of NETWORK_GLOBALS) Reflect.deleteProperty(globalThis, name);

// These reach built-in modules, or other processes, past the hook above; the streams are made of sockets.
const PROCESS_DOORS = [
  'getBuiltinModule',
  'binding',
  '_linkedBinding',
  'dlopen',
  'execve',
  'kill',
  '_debugProcess',
  'stdin',
  'stdout',
  'stderr',
];
for (const name of PROCESS_DOORS) Object.defineProperty(process, name, { value: undefined, configurable: false });

// A hook that is added later would run before ours.
const { default: Module } = moduleBuiltin as unknown as { default: Record<string, unknown> };
for (const name of ['registerHooks', 'register']) Module[name] = undefined;
moduleBuiltin.syncBuiltinESMExports();

// A library's warning may quote the document; it goes nowhere.
for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const)
  console[name] = () => {};
process.removeAllListeners('warning');
