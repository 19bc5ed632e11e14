import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { completeLock, missingInLock } from './check/lock.ts';
import { brokenRules } from './check/rules.ts';
import { command } from './command.ts';

const root = path.join(import.meta.dirname, '..');
const FOLDERS = ['core', 'bots', 'portal', 'workers', 'scripts', 'tests', 'prisma', 'docker'].filter((name) =>
  existsSync(path.join(root, name)),
);
const LOCK = path.join(root, 'package-lock.json');
/** The type checkers take a processor each. */
const AT_ONCE = 2;

type Finding = { ok: boolean; said: string };
type Check = { name: string; run: () => Promise<Finding> };

/** `npm run check`: silent about what is right; shows what a failing check said. `--fix` mends what can be mended by itself. */
await command(async () => {
  const fix = process.argv.includes('--fix');
  const checks: Check[] = [
    tool('types', 'typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
    tool('types of the journeys', 'typescript/bin/tsc', '--noEmit', '-p', 'tests/e2e/tsconfig.json'),
    tool('types of the pages', 'vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'portal/web/tsconfig.json'),
    tool('lint', 'oxlint/bin/oxlint', '--type-aware', '--quiet', ...(fix ? ['--fix'] : [])),
    tool(
      'lint of the components',
      'eslint/bin/eslint.js',
      'portal/web/src/**/*.vue',
      '--max-warnings=0',
      ...(fix ? ['--fix'] : []),
    ),
    tool('format', 'oxfmt/bin/oxfmt', ...(fix ? [] : ['--check'])),
    tool(
      'boundaries',
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      ...FOLDERS.filter((name) => name !== 'docker' && name !== 'prisma'),
    ),
    tool('unused code', 'knip/bin/knip.js', '--no-progress'),
    { name: 'rules of ours', run: async () => list(brokenRules(root, filesBelow(FOLDERS))) },
    {
      name: 'lock file',
      run: async () => (
        fix && completeLock(LOCK),
        list(missingInLock(LOCK).map((each) => `${each} is missing: npm run check -- --fix`))
      ),
    },
  ];
  const failed = await inTurns(checks);
  process.stdout.write(
    failed.length === 0
      ? `${checks.length} checks, all right\n`
      : `${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}\n`,
  );
  return failed.length === 0 ? 0 : 1;
});

async function inTurns(checks: readonly Check[]): Promise<string[]> {
  const waiting = [...checks];
  const failed: string[] = [];
  const next = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { ok, said } = await check.run();
      if (ok) continue;
      failed.push(check.name);
      process.stdout.write(`── ${check.name} ──\n${said.trim()}\n\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return failed;
}

function list(findings: readonly string[]): Finding {
  return { ok: findings.length === 0, said: findings.join('\n') };
}

/** A check by a program of node_modules, run on this Node. */
function tool(name: string, program: string, ...given: string[]): Check {
  const run = () =>
    new Promise<Finding>((resolve) => {
      const child = spawn(process.execPath, [path.join(root, 'node_modules', program), ...given], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
      const said = () => Buffer.concat(output).toString();
      child.once('error', (error) => resolve({ ok: false, said: error.message }));
      child.once('close', (code) => resolve({ ok: code === 0, said: said() }));
    });
  return { name, run };
}

function filesBelow(folders: readonly string[]): string[] {
  const skipped = /(^|\/)(node_modules|dist|generated)(\/|$)/;
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !skipped.test(file)),
  );
}
