import { z } from 'zod';
import { SlackCallError } from './api.ts';
import { sentenceOf } from './blocks.ts';
import type { Asked } from './incoming.ts';
import type { Slack } from './slack.ts';

const opened = z.object({ channel: z.object({ id: z.string() }) });
const posted = z.object({ ts: z.string() });

/** The bot's one-to-one chat with somebody. */
const directChannel = async (slack: Slack, userId: string): Promise<string> =>
  (await slack.api.read('conversations.open', { users: userId }, opened)).channel.id;

/** Says a sentence in somebody's direct chat. Gives where it stands, so that more can be said under it. */
export async function tellDirectly(
  slack: Slack,
  userId: string,
  text: string,
): Promise<{ channelId: string; ts: string }> {
  const channelId = await directChannel(slack, userId);
  const { ts } = await slack.api.read('chat.postMessage', { channel: channelId, ...sentenceOf(text) }, posted);
  return { channelId, ts };
}

/** Puts a message into somebody's direct chat. */
export async function tellBlocksDirectly(
  slack: Slack,
  userId: string,
  message: Readonly<Record<string, unknown>>,
): Promise<void> {
  await slack.api.call('chat.postMessage', { channel: await directChannel(slack, userId), ...message });
}

/** Says a sentence to the asker alone: here if this is their direct chat, else so that only they see it, else directly. */
export async function tellAlone(slack: Slack, asked: Asked, text: string): Promise<void> {
  if (asked.direct) {
    await slack.api.call('chat.postMessage', {
      channel: asked.channelId,
      thread_ts: asked.threadTs,
      ...sentenceOf(text),
    });
    return;
  }
  try {
    await slack.api.call('chat.postEphemeral', {
      channel: asked.channelId,
      user: asked.userId,
      // In a thread that does not exist yet Slack would not show it.
      ...(asked.inThread ? { thread_ts: asked.threadTs } : {}),
      ...sentenceOf(text),
    });
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error;
    await tellDirectly(slack, asked.userId, text);
  }
}
