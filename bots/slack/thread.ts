import { z } from 'zod';
import { SlackCallError } from './api.ts';
import { readMessage, type Asked } from './incoming.ts';
import type { Slack } from './slack.ts';

const MESSAGES_READ = 900;
const MESSAGES_QUOTED = 20;
const CHARACTERS_EACH = 1_000;

const replies = z.object({
  messages: z.array(
    z.object({
      user: z.string().optional(),
      bot_id: z.string().optional(),
      text: z.string().optional(),
      ts: z.string(),
      subtype: z.string().optional(),
    }),
  ),
});

/**
 * What people wrote in the thread before, as data for the question; bots' messages are left out, ours come from our own
 * record. Empty where Slack does not give it: the question is answered without.
 */
export async function quotedThread(slack: Slack, asked: Asked): Promise<{ author: string; text: string }[]> {
  if (asked.direct || !asked.inThread) return [];
  try {
    const { messages } = await slack.api.read(
      'conversations.replies',
      { channel: asked.channelId, ts: asked.threadTs, latest: asked.ts, inclusive: false, limit: MESSAGES_READ },
      replies,
    );
    const said = messages.flatMap(({ ts, ...message }) => {
      const read = ts === asked.ts ? null : readMessage(asEvent(slack, asked, { ...message, ts }), slack.self);
      return read && read.text !== '' ? [read] : [];
    });
    const quoted: { author: string; text: string }[] = [];
    for (const message of said.slice(-MESSAGES_QUOTED)) {
      const { name } = await slack.directory.profile(message.userId);
      quoted.push({ author: name, text: message.text.slice(0, CHARACTERS_EACH) });
    }
    return quoted;
  } catch (error) {
    slack.ctx.log.warn(
      { surface: 'slack', reason: error instanceof SlackCallError ? error.code : 'thread' },
      'thread not readable',
    );
    return [];
  }
}

const asEvent = (slack: Slack, asked: Asked, message: Record<string, unknown>) => ({
  type: 'event_callback',
  team_id: slack.self.teamId,
  event: { type: 'message', channel: asked.channelId, ...message },
});
