import os from 'node:os';
import { parseArgs } from 'node:util';
import { AppError } from '../core/errors.ts';
import type { BenchResult } from './bench/result.ts';
import { command } from './command.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  retrieval: async () => (await import('./bench/retrieval.ts')).benchRetrieval(),
  answer: async () => (await import('./bench/answer.ts')).benchAnswer(),
  ingest: async () => (await import('./bench/ingest.ts')).benchIngest(),
  access: async () => (await import('./bench/access.ts')).benchAccess(),
};

/** `npm run bench -- NAME [--json]`: the figures of one benchmark and of its reference, from the same run. */
await command(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [name = ''] = positionals;
  const bench = BENCHES[name];
  if (!bench)
    throw new AppError('bad_input', `Which one? npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json]`);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const result = await bench();
  print(
    `${name}, on ${os.availableParallelism()} cores (${os.cpus()[0]?.model ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
  );
  const names = Object.keys({ ...result.figures, ...result.reference, ...result.ratios });
  const width = Math.max(...names.map((each) => each.length));
  for (const [title, part] of Object.entries(result)) {
    print(title);
    for (const [key, value] of Object.entries(part)) print(`  ${key.padEnd(width)}  ${value}`);
  }
  if (values.json) print(JSON.stringify({ name, ...result }));
});
