import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import { say } from '../terminal/lines.ts';

const READY_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 500;

const answers = (config: Config, at: '/health' | '/ready'): Promise<boolean> =>
  fetch(`http://127.0.0.1:${config.PORT}${at}`, { signal: AbortSignal.timeout(2_000), redirect: 'error' }).then(
    (response) => response.ok,
    () => false,
  );

/**
 * The program that a demo stands beside: a `npm start` that runs at this PORT, else one that is started here without any
 * chat of its own and ended by `stop`. @throws AppError when it ends before it is ready; it has said why itself.
 */
export async function startBeside(config: Config): Promise<{ stop(): Promise<void> }> {
  if (await answers(config, '/health')) {
    say(`Using the Gatehouse that runs at ${config.PUBLIC_URL}`);
    return { stop: async () => {} };
  }
  const withoutChats = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SLACK|TEAMS)_/.test(name)),
  );
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      new URL('../tied.mjs', import.meta.url).href,
      path.join(import.meta.dirname, '../start.ts'),
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: withoutChats,
      // A group of its own: Ctrl-C reaches it once, from here, after the bot has let go; and it ends with this process.
      detached: true,
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let over = false;
  void ended.then(() => (over = true));
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(config, '/ready'))) {
    if (over) throw new AppError('database_unreachable', 'The demo ends because Gatehouse did not start (see above)');
    if (Date.now() > until) {
      child.kill('SIGTERM');
      throw new AppError(
        'database_unreachable',
        `Gatehouse is not ready at ${config.PUBLIC_URL} after ${READY_WITHIN_MS / 1_000} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
