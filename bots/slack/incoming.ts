import { z } from 'zod';

/** Who this bot is in its workspace. */
export type Self = Readonly<{
  teamId: string;
  teamName: string;
  enterpriseId: string | null;
  userId: string;
  botId: string;
  name: string;
}>;

/** A message that may be for the bot, whether it came as `message` or as `app_mention`. */
export type Asked = Readonly<{
  channelId: string;
  /** The one-to-one chat with the bot. */
  direct: boolean;
  userId: string;
  ts: string;
  /** Where the answer goes: the thread it was written in, or the one it begins. */
  threadTs: string;
  /** Whether there was a thread before this message. */
  inThread: boolean;
  /** What was written, mention of the bot and Slack's marks taken out. */
  text: string;
  mentionsBot: boolean;
  mentionsOthers: boolean;
  /** Slack says that people of another organisation read along. */
  sharedOutside: boolean;
}>;

export type Commanded = Readonly<{
  channelId: string;
  userId: string;
  teamId: string;
  text: string;
  responseUrl: string | null;
}>;

const envelope = z.object({
  type: z.literal('event_callback'),
  team_id: z.string(),
  event_id: z.string().optional(),
  is_ext_shared_channel: z.boolean().optional(),
  authorizations: z.array(z.object({ team_id: z.string().nullish(), enterprise_id: z.string().nullish() })).optional(),
  event: z.object({
    type: z.string(),
    subtype: z.string().optional(),
    channel: z.string().optional(),
    channel_type: z.string().optional(),
    user: z.string().optional(),
    bot_id: z.string().optional(),
    app_id: z.string().optional(),
    text: z.string().optional(),
    ts: z.string().optional(),
    thread_ts: z.string().optional(),
    hidden: z.boolean().optional(),
  }),
});

/** Subtypes that are still somebody saying something new. */
const SPOKEN_SUBTYPES = new Set(['file_share', 'thread_broadcast', 'me_message']);

/**
 * A message somebody wrote, out of an event's body; null for everything else: other events, edits and deletions, what
 * bots and the bot itself write, and events that are for another workspace.
 */
export function readMessage(body: unknown, self: Self): Asked | null {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return null;
  const { event, team_id: teamId, authorizations, is_ext_shared_channel: shared } = parsed.data;
  if (event.type !== 'message' && event.type !== 'app_mention') return null;
  const { channel, user, ts, text } = event;
  if (channel === undefined || user === undefined || ts === undefined || text === undefined) return null;
  if (event.hidden === true || (event.subtype !== undefined && !SPOKEN_SUBTYPES.has(event.subtype))) return null;
  if (event.bot_id !== undefined || user === self.userId || user === 'USLACKBOT') return null;
  const forUs = teamId === self.teamId || (authorizations ?? []).some(({ team_id: id }) => id === self.teamId);
  if (!forUs) return null;
  const mentioned = [...text.matchAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g)].map((match) => match[1]);
  return {
    channelId: channel,
    direct: event.channel_type === 'im' || (event.channel_type === undefined && channel.startsWith('D')),
    userId: user,
    ts,
    threadTs: event.thread_ts ?? ts,
    inThread: event.thread_ts !== undefined && event.thread_ts !== ts,
    text: plainText(text, self),
    mentionsBot: event.type === 'app_mention' || mentioned.includes(self.userId),
    mentionsOthers: mentioned.some((id) => id !== self.userId),
    sharedOutside: shared === true,
  };
}

const command = z.object({
  command: z.string(),
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  text: z.string().default(''),
  response_url: z.string().optional(),
  trigger_id: z.string().optional(),
});

/** A slash command out of a body; null for anything else. */
export function readCommand(body: unknown, self: Self): Commanded | null {
  const parsed = command.safeParse(body);
  if (!parsed.success) return null;
  const { channel_id: channelId, user_id: userId, team_id: teamId, text, response_url: responseUrl } = parsed.data;
  return { channelId, userId, teamId, text: plainText(text, self), responseUrl: responseUrl ?? null };
}

/**
 * What makes a delivery one and the same: message and mention of one utterance, and their redeliveries, share a key.
 * Null for what needs no inbox.
 */
export function inboxKey(body: unknown, self: Self): string | null {
  const asked = readMessage(body, self);
  if (asked) return `slack:${self.teamId}:${asked.channelId}:${asked.ts}`;
  const commanded = command.safeParse(body);
  if (commanded.success && commanded.data.trigger_id)
    return `slack:command:${self.teamId}:${commanded.data.trigger_id}`;
  return null;
}

/** Slack's marks as a person reads them: `<@U1>` of the bot gone, links and channels by their label, `&amp;` as `&`. */
function plainText(text: string, self: Self): string {
  return text
    .replace(/<@([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) =>
      id === self.userId ? '' : `@${label ?? id}`,
    )
    .replace(/<#([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `#${label ?? id}`)
    .replace(/<!([a-z]+)[^>]*>/g, (_, word: string) => `@${word}`)
    .replace(/<((?:https?|mailto):[^|>]*)(?:\|([^>]*))?>/g, (_, url: string, label?: string) => label ?? url)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[ \t]+/g, ' ')
    .trim();
}
