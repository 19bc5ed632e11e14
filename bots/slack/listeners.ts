import type { App } from '@slack/bolt';
import { z } from 'zod';
import { giveFeedback } from '../../core/conversation/history.ts';
import type { Attempt } from '../../core/conversation/inbox.ts';
import { chatWords } from '../../core/conversation/words.ts';
import { AppError } from '../../core/errors.ts';
import { personOfChatAccount } from '../../core/identity/chat-accounts.ts';
import { answerCommand } from './answer-command.ts';
import { answerMessage } from './answer-message.ts';
import { FEEDBACK_ACTION, sentenceOf } from './blocks.ts';
import { ATTEMPT } from './inbox.ts';
import { readCommand, readMessage } from './incoming.ts';
import { answerPress, DECLINE, declineSent, declineWith, REQUEST_ACTION, requestPress } from './requests.ts';
import { threadKeyOf, type Slack } from './slack.ts';

const inChannel = z.object({ channel: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]) });
const stopEvent = z.object({ channel: z.string(), thread_ts: z.string() });
const homeEvent = z.object({ tab: z.string().optional(), channel: z.string(), user: z.string() });
const userEvent = z.object({ user: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]) });
const pressed = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })),
});

/** What Bolt calls when something of Slack comes in. Gives the function that ends what was subscribed to. */
export function listen(bolt: App, slack: Slack): () => void {
  const { ctx, self, rosters, directory, running } = slack;
  const rosterChannel = `slack:${self.teamId}:roster`;
  const profileChannel = `slack:${self.teamId}:profile`;

  const onMessage = async ({ body, context }: { body: unknown; context: Record<string, unknown> }) => {
    const asked = readMessage(body, self);
    const attempt = context[ATTEMPT] as Attempt | undefined;
    if (asked && attempt) await answerMessage(slack, asked, attempt);
  };
  bolt.event('message', onMessage);
  bolt.event('app_mention', onMessage);
  bolt.command(/.*/, async ({ body, context }) => {
    const asked = readCommand(body, self);
    const attempt = context[ATTEMPT] as Attempt | undefined;
    if (asked && attempt) await answerCommand(slack, asked, attempt);
  });

  bolt.event('agent_session_stopped', async ({ event }) => {
    const stop = stopEvent.safeParse(event);
    if (stop.success) running.stop(threadKeyOf(slack, stop.data.channel, stop.data.thread_ts));
  });
  bolt.event('app_home_opened', async ({ event }) => {
    const home = homeEvent.safeParse(event);
    if (home.success) await welcome(slack, home.data);
  });
  bolt.action(new RegExp(`^${FEEDBACK_ACTION}`), async ({ ack, body }) => {
    await ack();
    const press = pressed.safeParse(body);
    if (press.success) await rate(slack, press.data);
  });

  bolt.action(new RegExp(`^${REQUEST_ACTION}`), async ({ ack, body }) => {
    await ack();
    const press = requestPress.safeParse(body);
    if (press.success) await answerPress(slack, press.data);
  });
  bolt.view(DECLINE, async ({ ack, body }) => {
    await ack();
    const sent = declineSent.safeParse(body);
    if (sent.success) await declineWith(slack, sent.data);
  });

  // Who is where is kept by every node, and what changes it comes in at one.
  for (const name of ['member_joined_channel', 'member_left_channel', 'channel_shared', 'channel_unshared'])
    bolt.event(name, async ({ event }) => {
      const where = inChannel.safeParse(event);
      if (where.success) ctx.live.publish(rosterChannel, where.data.channel);
    });
  for (const name of ['user_change', 'team_join'])
    bolt.event(name, async ({ event }) => {
      const who = userEvent.safeParse(event);
      if (who.success) ctx.live.publish(profileChannel, who.data.user);
    });
  const ends = [
    ctx.live.subscribe(rosterChannel, (channelId) => rosters.forget(channelId)),
    ctx.live.subscribe(profileChannel, (userId) => {
      directory.forget(userId);
      rosters.forgetAll();
    }),
  ];

  bolt.error(async (error) => {
    throw error;
  });
  return () => {
    for (const end of ends) end();
  };
}

/** What stands in the bot's tab before anything was asked: suggestions in the chat, help on the page. */
async function welcome({ ctx, api, self }: Slack, home: z.infer<typeof homeEvent>): Promise<void> {
  const person = await personOfChatAccount(ctx, { surface: 'slack', tenantId: self.teamId, externalId: home.user });
  const words = chatWords(person?.language);
  const call =
    home.tab === 'messages'
      ? api.call('assistant.threads.setSuggestedPrompts', {
          channel_id: home.channel,
          title: words.suggestionsTitle,
          prompts: words.suggestions.slice(0, 4).map((message) => ({ title: message, message })),
        })
      : api.call('views.publish', {
          user_id: home.user,
          view: { type: 'home', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: words.help(self.name) } }] },
        });
  await call.catch(() => {});
}

async function rate(slack: Slack, press: z.infer<typeof pressed>): Promise<void> {
  const [rating, messageId] =
    press.actions.find(({ action_id }) => action_id.startsWith(FEEDBACK_ACTION))?.value?.split(':') ?? [];
  if ((rating !== 'good' && rating !== 'bad') || !z.uuid().safeParse(messageId).success || messageId === undefined)
    return;
  const person = await personOfChatAccount(slack.ctx, {
    surface: 'slack',
    tenantId: slack.self.teamId,
    externalId: press.user.id,
  });
  if (!person) return;
  const words = chatWords(person.language);
  let said = words.thanksForFeedback;
  try {
    await giveFeedback(slack.ctx, person.id, messageId, rating);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    said = words.notYourAnswer;
  }
  if (press.channel)
    await slack.api
      .call('chat.postEphemeral', { channel: press.channel.id, user: press.user.id, ...sentenceOf(said) })
      .catch(() => {});
}
