import type { AddressInfo } from 'node:net';
import { command, deliver, press, say, submit, wrap } from './deliveries.ts';
import { slackServer } from './server.ts';
import { aWorkspace, BOT, textOf, type Args, type SlackChannel, type SlackUser, type Trouble } from './workspace.ts';

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>;

/**
 * A Slack that is as strict as the real one where local-slack is not: streams with recipients, state and age, status lines,
 * pages of members, guests and shared channels, limits of length and number, ephemerals only for who is there, signed and
 * repeated deliveries.
 */
export async function startFakeSlack() {
  const workspace = aWorkspace();
  const { users, channels, messages, calls, troubles } = workspace;
  const server = slackServer(workspace);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  workspace.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(workspace, {
    bot: BOT,
    url: `${workspace.origin}/api/`,
    addUser: (user: SlackUser) => void users.set(user.id, user),
    addChannel: (channel: SlackChannel) =>
      void channels.set(channel.id, { ...channel, members: [...channel.members, BOT] }),
    /** The next `times` calls of a method fail. */
    trouble: (method: string, trouble: Omit<Trouble, 'method' | 'left'>, times = 1) =>
      void troubles.push({ method, left: times, ...trouble }),
    untrouble: () => void troubles.splice(0),
    callsOf: (method: string) => calls.filter((call) => call.method === method),
    /** What the bot said in a channel or thread for everyone there to see. */
    said: (channel: string, thread?: string) =>
      messages.filter(
        (m) =>
          m.channel === channel &&
          m.user === BOT &&
          m.only === undefined &&
          (thread === undefined || m.thread_ts === thread),
      ),
    /** What only this user sees in a channel. */
    whispered: (channel: string, user: string) =>
      messages.filter((m) => m.channel === channel && m.user === BOT && m.only === user),
    textOf,
    deliver: (...given: Rest<typeof deliver>) => deliver(workspace, ...given),
    say: (...given: Rest<typeof say>) => say(workspace, ...given),
    command: (...given: Rest<typeof command>) => command(workspace, ...given),
    press: (...given: Rest<typeof press>) => press(workspace, ...given),
    submit: (...given: Rest<typeof submit>) => submit(workspace, ...given),
    event: (event: Args, envelope: Args = {}) => deliver(workspace, wrap(workspace, event, envelope)),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** A function's arguments after the workspace. */
type Rest<F> = F extends (workspace: any, ...rest: infer R) => unknown ? R : never;
