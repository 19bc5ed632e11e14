import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

type Report = { testResults: { status: string; assertionResults: { status: string }[] }[] };
export type Counts = { passed: number; failed: number; skipped: number };

/**
 * Runs Vitest with these arguments, what it says on this terminal, and counts the tests. A file that can't be loaded, and a
 * failure that is no test's, such as a rejection that nobody caught, count as one that failed.
 */
export async function vitest(given: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-tests-'));
  try {
    const report = path.join(folder, 'report.json');
    return countsOf(report, await run(['--reporter=json', `--outputFile.json=${report}`, ...given], env));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(given: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = path.join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'run', ...given], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function countsOf(report: string, code: number): Counts {
  let files: Report['testResults'] = [];
  try {
    files = (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults;
  } catch {
    // Without a report nothing ran: the code below says that it failed.
  }
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const [passed, notPassed] = [count('passed'), count('failed')];
  const failed =
    notPassed + files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: tests.length - passed - notPassed };
}
