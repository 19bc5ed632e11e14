import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';
import { answers, isFree } from './local-page.ts';

export type LocalWorkspace = Readonly<{
  teamId: string;
  name: string;
  domain: string;
  botUserId: string;
  botName: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** Where events are posted to; without it they go over the web socket. */
  requestUrl?: string;
  users: readonly { id: string; name: string; realName: string; email: string }[];
  channels: readonly { id: string; name: string; isPrivate: boolean; topic: string; members: readonly string[] }[];
}>;

export type LocalSlack = Readonly<{
  /** For a person's browser. */
  url: string;
  /** For SLACK_API_URL. */
  apiUrl: string;
  /** Opens every user's direct chat with the bot, which a person cannot there, and says something in it as the bot. */
  greet(text: string): Promise<void>;
  /** Resolves when it ended by itself. */
  ended: Promise<void>;
  stop(): Promise<void>;
}>;

const READY_WITHIN_MS = 20_000;

/** The program's file, or null on machines that it is not made for. */
export function localSlackBinary(): string | null {
  const file = fileURLToPath(new URL('../../node_modules/local-slack-linux-x64/bin/local-slack', import.meta.url));
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(file) ? file : null;
}

/**
 * Starts a local Slack with one workspace, whose page lets one act as each of its users. It keeps nothing.
 * @throws AppError where it is not installed, or the port is taken.
 */
export async function startLocalSlack(workspace: LocalWorkspace, port: number): Promise<LocalSlack> {
  const binary = localSlackBinary();
  if (binary === null)
    throw new AppError(
      'bad_setting',
      'The local Slack is made for Linux on x64 and is not installed here (package local-slack-linux-x64): connect a real Slack as docs/slack.md says',
    );
  if (!(await isFree(port)))
    throw new AppError(
      'bad_setting',
      `Port ${port} is taken by another program: stop it, or set DEMO_SLACK_PORT to a free one`,
    );
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-local-slack-'));
  const file = path.join(folder, 'config.json');
  await writeFile(file, JSON.stringify(configOf(workspace)), { mode: 0o600 });
  const child = spawn(binary, ['--config', file, '--port', String(port)], { stdio: 'ignore', cwd: folder });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => rm(folder, { recursive: true, force: true }));
  const url = `http://localhost:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(`${url}/_control/state`))) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL');
      throw new AppError('bad_setting', `The local Slack does not start on port ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    apiUrl: `${url}/api/`,
    ended,
    async greet(text) {
      const call = async (method: string, args: Record<string, unknown>) => {
        const response = await fetch(`${url}/api/${method}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${workspace.botToken}` },
          body: JSON.stringify(args),
        });
        return (await response.json()) as { channel?: { id: string } };
      };
      for (const { id } of workspace.users) {
        const { channel } = await call('conversations.open', { users: id });
        if (channel) await call('chat.postMessage', { channel: channel.id, text });
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const configOf = (workspace: LocalWorkspace) => ({
  workspace: { name: workspace.name, domain: workspace.domain, teamId: workspace.teamId },
  apps: [
    {
      appId: 'A0GATEHOUSE',
      botUserId: workspace.botUserId,
      botName: workspace.botName,
      botToken: workspace.botToken,
      appToken: workspace.appToken,
      signingSecret: workspace.signingSecret,
      ...(workspace.requestUrl === undefined
        ? { mode: 'socket' }
        : { mode: 'events', requestUrl: workspace.requestUrl }),
    },
  ],
  users: workspace.users.map(({ id, name, realName, email }) => ({ id, name, real_name: realName, email })),
  channels: workspace.channels.map(({ id, name, isPrivate, topic, members }) => ({
    id,
    name,
    is_private: isPrivate,
    topic,
    members: [...members, workspace.botUserId],
  })),
});
