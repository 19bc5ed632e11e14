import { describe, expect } from 'vitest';
import { startSlack } from '../../../bots/slack/main.ts';
import type { Context } from '../../../core/context.ts';
import { claimLink } from '../../../core/identity/chat-accounts.ts';
import { localSlackBinary, startLocalSlack, type LocalSlack } from '../../../scripts/demo/local-slack.ts';
import { freePort } from '../../../scripts/services/process.ts';
import { test as withCompany, type Colleague, type Newcomer } from './company.ts';

const BOT = 'U0BOT';
type Message = {
  user: string;
  text: string;
  thread_ts?: string;
  ts: string;
  blocks?: {
    type: string;
    text?: { text: string };
    elements?: { text?: unknown; action_id?: string; value?: string }[];
  }[];
  ephemeral_to?: string;
};

/**
 * The company in a real local Slack, the bot on its web socket. Its people and rooms are there from the start; no two
 * sentences ask in the same room or as the same person.
 */
const test = withCompany.extend<{
  $file: {
    local: LocalSlack & {
      people: { anna: Colleague; arne: Colleague; ben: Colleague; nele: Newcomer };
      say(user: string, channel: string, text: string, thread?: string): Promise<string>;
      read(channel: string): Promise<Message[]>;
      post(path: string, body: unknown): Promise<void>;
    };
  };
}>({
  local: [
    async ({ company }, use) => {
      const people = {
        anna: await company.researcher('Anna'),
        arne: await company.researcher('Arne'),
        ben: await company.colleague('Ben'),
        nele: company.newcomer({ name: 'Nele' }),
      };
      const { anna, arne, ben } = people;
      const users = Object.values(people).map(({ user, name }) => ({
        id: user,
        name: name.toLowerCase(),
        realName: name,
        email: `${user}@example.com`,
      }));
      const room = (id: string, isPrivate: boolean, members: readonly Newcomer[]) => {
        return { id, name: id.toLowerCase(), isPrivate, topic: '', members: members.map(({ user }) => user) };
      };
      const local = await startLocalSlack(
        {
          teamId: company.slack.team,
          name: 'Acme',
          domain: 'acme',
          botUserId: BOT,
          botName: 'gatehouse',
          botToken: 'xoxb-local',
          appToken: 'xapp-local',
          signingSecret: 'local-secret',
          users,
          channels: [
            room('CALL', false, Object.values(people)),
            room('GLAB', true, [anna, arne]),
            room('GMIX', true, [anna, ben]),
          ],
        },
        await freePort(),
      );
      const ctx: Context = {
        ...company.ctx,
        config: {
          ...company.ctx.config,
          SLACK_MODE: 'socket',
          SLACK_BOT_TOKEN: 'xoxb-local',
          SLACK_APP_TOKEN: 'xapp-local',
          SLACK_API_URL: local.apiUrl,
        },
      };
      await company.stopBot();
      const bot = await startSlack(ctx);
      const post = async (path: string, body: unknown) => {
        const response = await fetch(`${local.url}/_control/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (!response.ok) throw new Error(`${path}: ${response.status}`);
      };
      const read = async (channel: string): Promise<Message[]> => {
        const state = (await (await fetch(`${local.url}/_control/state`)).json()) as {
          channels: { id: string; members: string[]; is_im: boolean }[];
        };
        const id = channel.startsWith('U')
          ? state.channels.find((one) => one.is_im && one.members.includes(channel))?.id
          : channel;
        if (!id) return [];
        return ((await (await fetch(`${local.url}/_control/messages/${id}`)).json()) as { messages: Message[] })
          .messages;
      };
      await use({
        ...local,
        people,
        post,
        read,
        async say(user, channel, text, thread) {
          await post('message', { user, channel, text, ...(thread ? { thread_ts: thread } : {}) });
          return (await read(channel)).findLast((message) => message.user === user)!.ts;
        },
      });
      await bot.stop();
      await local.stop();
    },
    { scope: 'file' },
  ],
});

const shown = (message: Message): string =>
  [
    message.text,
    ...(message.blocks ?? []).flatMap((block) => [
      block.text?.text ?? '',
      ...(block.elements ?? []).map((element) => (typeof element.text === 'string' ? element.text : '')),
    ]),
  ].join('\n');
const answered = (messages: Message[], thread: string) =>
  messages.filter((message) => message.user === BOT && message.thread_ts === thread).map(shown);

describe.skipIf(localSlackBinary() === null)('a journey in a local Slack', () => {
  test('in a channel with somebody who may not read it nothing of the document is shown; it comes to the asker alone', async ({
    company,
    local,
  }) => {
    const { user } = local.people.anna;
    const ts = await local.say(user, 'GMIX', `<@${BOT}> What inhibits the kinase, AVX-117?`);
    await company.until(async () =>
      (await local.read(user)).some((message) => shown(message).includes('4.2 nanomolar')),
    );
    await company.until(async () => (await local.read('GMIX')).some((message) => message.ephemeral_to === user));
    const open = (await local.read('GMIX'))
      .filter((message) => message.user === BOT)
      .map(shown)
      .join();
    expect(open).not.toMatch(/nanomolar|AVX-117\.md/);
    expect(answered(await local.read('GMIX'), ts)).toHaveLength(1);
  });

  test('a mention where everyone may read is answered in its thread with its source, and a follow-up there too', async ({
    company,
    local,
  }) => {
    const { user } = local.people.arne;
    const ts = await local.say(user, 'GLAB', `<@${BOT}> What inhibits the kinase, AVX-117?`);
    await company.until(async () =>
      answered(await local.read('GLAB'), ts).some(
        (text) => text.includes('4.2 nanomolar') && text.includes('/passages/'),
      ),
    );
    await local.say(user, 'GLAB', 'And in which assay?', ts);
    await expect.poll(async () => answered(await local.read('GLAB'), ts), { timeout: 30_000 }).toHaveLength(2);
  });

  test('somebody new signs in with the link and the six digits, asks, rates the answer, and asks with /ask', async ({
    company,
    local,
  }) => {
    const { user } = local.people.nele;
    await local.say(user, user, 'How many days a week may employees work from home?');
    const link = await company.until(
      async () => /\/link\/([\w-]+)/.exec((await local.read(user)).map(shown).join())?.[1],
    );
    const { code } = await claimLink(company.ctx, link, local.people.ben.id);
    await local.say(user, user, code);
    await company.until(async () => (await local.read(user)).map(shown).join().includes('belongs to Ben'));
    const ts = await local.say(user, user, 'How many days a week may employees work from home?');
    const answer = await company.until(async () =>
      (await local.read(user)).find((message) => message.thread_ts === ts && shown(message).includes('three days')),
    );
    const button = answer.blocks?.find((block) => block.type === 'actions')?.elements?.[0];
    await local.post('interact', {
      channel: (answer as Message & { channel: string }).channel,
      messageTs: answer.ts,
      user,
      action: { type: 'button', ...button },
    });
    await company.until(async () => (await company.sql("SELECT 1 FROM message WHERE feedback = 'good'")).length === 1);
    await local.post('command', {
      user,
      channel: 'CALL',
      command: '/ask',
      text: 'How many days a week may employees work from home?',
    });
    const toNele = async () => (await local.read('CALL')).filter((message) => message.ephemeral_to === user).map(shown);
    await expect.poll(toNele, { timeout: 30_000 }).toContainEqual(expect.stringContaining('three days'));
  });
});
