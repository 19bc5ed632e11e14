// Node 20 runs this file: plain JavaScript, built-in modules only.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { NotReady, buildPortal, generateClient, install, newerNode } from './prepare.mjs';

/** The scripts that show the portal, and the one that checks its types: some of them are made by the build. */
const NEED_PORTAL = ['check.ts', 'start.ts', 'demo-slack.ts', 'demo-teams.ts'];

/**
 * Prepares what is missing and runs the script on Node 24. Gives its exit code.
 * @param {string} script
 * @param {string[]} argumentsGiven
 */
export async function launch(script, argumentsGiven) {
  try {
    await install();
    const node = newerNode();
    await generateClient(node);
    if (NEED_PORTAL.includes(path.basename(script))) await buildPortal(node);
    return await run(node, script, argumentsGiven);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** @returns {Promise<number>} */
function run(node, script, argumentsGiven) {
  const child = spawn(
    node,
    [
      // node:sqlite and type stripping work, and need no warning on people's terminals.
      '--disable-warning=ExperimentalWarning',
      '--import',
      new URL('./tied.mjs', import.meta.url).href,
      path.resolve(script),
      ...argumentsGiven,
    ],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
    },
  );
  // A terminal sends Ctrl-C to the child as well, `kill` only to this process. So it is passed on as SIGTERM, which asks for
  // the same and, as a second request, changes nothing.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${node} does not start: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (os.constants.signals[signal] ?? 0)));
  });
}
