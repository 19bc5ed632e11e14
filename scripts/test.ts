import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { command } from './command.ts';

const root = path.join(import.meta.dirname, '..');
const REPORT = path.join(root, 'tests/.output/report.json');

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
};

/**
 * `npm test`: everything that needs no server, or the same on the servers of DATABASE_URL and REDIS_URL. Arguments go to Vitest.
 * The last line is `N passed, N failed`; a file that can't be loaded counts as one that failed.
 */
await command(async () => {
  rmSync(REPORT, { force: true });
  mkdirSync(path.dirname(REPORT), { recursive: true });
  const code = await vitest(process.argv.slice(2));
  const { passed, failed } = counts(code);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || code !== 0 ? 1 : 0;
});

function vitest(given: readonly string[]): Promise<number> {
  const program = path.join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, 'run', ...reporters, ...given],
    {
      cwd: root,
      stdio: 'inherit',
      // A model server that happens to run here must not change what the tests see.
      env: { OLLAMA_DISCOVERY: 'off', ...process.env },
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function counts(code: number): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
    const unloaded = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    const failed = report.numFailedTests + unloaded.length;
    // Vitest also fails for what no test did, such as a rejection that nobody caught.
    return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
