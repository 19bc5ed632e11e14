import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LIVE_SERVERS, missingOf } from '../tests/live/servers.ts';
import { command } from './command.ts';
import { say } from './terminal/lines.ts';

const root = path.join(import.meta.dirname, '..');

type Report = { testResults: { status: string; assertionResults: { status: string }[] }[] };

/**
 * `npm run test:live`: the main journey on each real model server that the environment names, a line for each that it does
 * not. Arguments go to Vitest. The last line is `N passed, N failed, N skipped`.
 */
await command(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-live-'));
  try {
    const report = path.join(folder, 'report.json');
    const code = await vitest(report, process.argv.slice(2));
    for (const server of LIVE_SERVERS)
      if (missingOf(server).length > 0) say(`${server.name} skipped: set ${missingOf(server).join(', ')}`);
    const { passed, failed, skipped } = counts(report, code);
    say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function vitest(report: string, given: readonly string[]): Promise<number> {
  const program = path.join(root, 'node_modules/vitest/vitest.mjs');
  const options = [
    '--config',
    'vitest.live.config.ts',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, 'run', ...options, ...given],
    {
      cwd: root,
      stdio: 'inherit',
      // The servers under test are those that are named, never one that happens to be found.
      env: { ...process.env, OLLAMA_DISCOVERY: 'off' },
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** What the report says; a file that could not be loaded, or a failure outside of any test, counts as one that failed. */
function counts(report: string, code: number): { passed: number; failed: number; skipped: number } {
  let files: Report['testResults'] = [];
  try {
    files = (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults;
  } catch {
    // Without a report nothing ran: the code below says that it failed.
  }
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const failed = tests.filter(({ status }) => status === 'failed').length + unloaded;
  return {
    passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: tests.length - passed - (failed - unloaded),
  };
}
