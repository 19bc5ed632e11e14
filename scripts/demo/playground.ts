import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { AppError } from '../../core/errors.ts';
import { answers, isFree } from './local-page.ts';
import type { PlaygroundUser } from './teams-people.ts';

export type Playground = Readonly<{
  /** For a person's browser. */
  url: string;
  /** Resolves when it ended by itself. */
  ended: Promise<void>;
  stop(): Promise<void>;
}>;

const READY_WITHIN_MS = 30_000;
export const BOT_NAME = 'Gatehouse';

/**
 * Starts the Microsoft 365 Agents Playground, a page that behaves as Teams does towards a bot on this machine: a personal
 * chat, a group chat and a team, in which everybody is. It keeps nothing, and its telemetry is off.
 * @throws AppError where it is not installed, or the port is taken.
 */
export async function startPlayground(given: {
  botUrl: string;
  port: number;
  tenantId: string;
  current: PlaygroundUser;
  others: readonly PlaygroundUser[];
}): Promise<Playground> {
  const program = fileURLToPath(new URL('../../node_modules/@microsoft/m365agentsplayground/cli.js', import.meta.url));
  if (!existsSync(program))
    throw new AppError(
      'bad_setting',
      'The agents playground is not installed here (package @microsoft/m365agentsplayground): connect a real Teams as docs/teams.md says',
    );
  if (!(await isFree(given.port)))
    throw new AppError(
      'bad_setting',
      `Port ${given.port} is taken by another program: stop it, or set DEMO_TEAMS_PORT to a free one`,
    );
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-playground-'));
  await writeFile(path.join(folder, '.m365agentsplayground.yml'), stringify(configOf(given)), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [program, 'start', '-e', given.botUrl, '-c', 'msteams', '-p', String(given.port), '--disable-telemetry'],
    { cwd: folder, stdio: 'ignore', env: { ...process.env, TEAMSAPPTESTER_BROWSER: 'none' } },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => rm(folder, { recursive: true, force: true }));
  const url = `http://localhost:${given.port}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL');
      throw new AppError('bad_setting', `The agents playground does not start on port ${given.port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const configOf = ({ tenantId, current, others }: Parameters<typeof startPlayground>[0]) => ({
  version: '0.1.1',
  tenantId,
  bot: { id: '28:gatehouse-demo', name: BOT_NAME },
  currentUser: userOf(current),
  users: others.map(userOf),
  personalChat: { id: 'a:personal-chat' },
  groupChat: { id: '19:group-chat@thread.v2', name: 'Discovery meets CMC' },
  team: {
    id: '19:arvendale@thread.tacv2',
    name: 'Arvendale',
    aadGroupId: '00000000-0000-4000-8000-000000000031',
    channels: [{ id: '19:announcements@thread.tacv2', name: 'Announcements' }],
  },
});

const userOf = ({ id, name, email, objectId }: PlaygroundUser) => ({
  id,
  name,
  // Spelt so by the playground.
  userPrincipleName: email,
  aadObjectId: objectId,
  givenName: name.split(' ')[0] ?? name,
  surname: name.split(' ').slice(1).join(' ') || name,
  email,
});
