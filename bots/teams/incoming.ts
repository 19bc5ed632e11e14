import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Chat } from './chat.ts';

const mention = z.object({
  type: z.literal('mention'),
  text: z.string().optional(),
  mentioned: z.object({ id: z.string(), name: z.string().optional() }),
});

/** What of an activity is used. Anything else of it is never kept. */
export const activitySchema = z.object({
  type: z.string(),
  id: z.string().max(500).optional(),
  timestamp: z.string().max(100).optional(),
  name: z.string().optional(),
  action: z.string().optional(),
  channelId: z.literal('msteams'),
  serviceUrl: z.url({ protocol: /^https?$/ }),
  from: z.object({
    id: z.string(),
    name: z.string().optional(),
    aadObjectId: z.string().optional(),
    role: z.string().optional(),
  }),
  recipient: z.object({ id: z.string(), name: z.string().optional() }),
  conversation: z.object({
    id: z.string().min(1).max(1_000),
    conversationType: z.string().optional(),
    tenantId: z.string().optional(),
    name: z.string().optional(),
  }),
  text: z.string().optional(),
  replyToId: z.string().optional(),
  entities: z
    .array(z.unknown())
    .transform((all) => all.flatMap((entity) => mention.safeParse(entity).data ?? []))
    .optional(),
  channelData: z
    .object({
      tenant: z.object({ id: z.string().optional() }).optional(),
      team: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
      channel: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
    })
    .nullish(),
  value: z.unknown().optional(),
});

export type Activity = z.infer<typeof activitySchema>;

/** Somebody addressed the bot. */
export type Asked = Readonly<{
  chat: Chat;
  user: { id: string; name: string; objectId: string | null; isBot: boolean };
  /** What was written, the mention of the bot taken out, others by their names. */
  text: string;
  /** How the place is called, for the asker to recognise. */
  placeName: string | null;
  /** Teams names two tenants for one message: then none of them is believed. */
  tenantsDisagree: boolean;
}>;

/** The tenant it was written in; null where Teams does not say. */
export const tenantOf = ({ conversation, channelData }: Activity): string | null =>
  conversation.tenantId ?? channelData?.tenant?.id ?? null;

/** A message for the bot: any in a personal chat, elsewhere one that mentions it. Null for everything else. */
export function readMessage(activity: Activity): Asked | null {
  const { from, recipient, conversation, channelData } = activity;
  const kind = kindOf(conversation.conversationType);
  const text =
    activity.type === 'message' ? activity.text : kind === 'personal' && wasInstalled(activity) ? 'help' : undefined;
  if (text === undefined || from.id === recipient.id) return null;
  const mentions = activity.entities ?? [];
  if (kind !== 'personal' && !mentions.some(({ mentioned }) => mentioned.id === recipient.id)) return null;
  const tenantId = tenantOf(activity) ?? '';
  const other = channelData?.tenant?.id;
  return {
    chat: { kind, serviceUrl: activity.serviceUrl, conversationId: conversation.id, tenantId, botId: recipient.id },
    user: {
      id: from.id,
      name: from.name ?? '',
      objectId: from.aadObjectId ?? null,
      isBot: from.role === 'bot' || from.role === 'skill' || from.id.startsWith('28:'),
    },
    text: plainText(text, mentions, recipient.id),
    placeName: channelData?.channel?.name ?? channelData?.team?.name ?? conversation.name ?? null,
    tenantsDisagree: other !== undefined && other !== tenantId,
  };
}

/** Somebody added the bot to themselves: it says what it can do. */
const wasInstalled = ({ type, action }: Activity): boolean => type === 'installationUpdate' && action === 'add';

/** What we don't know is taken for a place where others read along. */
const kindOf = (conversationType: string | undefined): Chat['kind'] =>
  conversationType === 'personal' ? 'personal' : conversationType === 'channel' ? 'channel' : 'group';

function plainText(text: string, mentions: readonly z.infer<typeof mention>[], botId: string): string {
  let plain = text;
  for (const { text: marked, mentioned } of mentions)
    if (marked) plain = plain.replaceAll(marked, mentioned.id === botId ? ' ' : `@${mentioned.name ?? 'somebody'}`);
  return plain
    .replace(/<\/?at\b[^>]*>/gi, '')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

const feedbackValue = z.object({
  actionName: z.literal('feedback'),
  actionValue: z.object({ reaction: z.enum(['like', 'dislike']) }),
});

/** A thumb under an answer. The comment that may come with it is not kept. */
export type Rated = Readonly<{
  conversationId: string;
  /** Null where it does not say under which: the local playground never does. */
  activityId: string | null;
  rating: 'good' | 'bad';
}>;

export function readFeedback(activity: Activity): Rated | null {
  if (activity.type !== 'invoke' || activity.name !== 'message/submitAction') return null;
  const given = feedbackValue.safeParse(activity.value);
  if (!given.success) return null;
  return {
    conversationId: activity.conversation.id,
    activityId: activity.replyToId ?? null,
    rating: given.data.actionValue.reaction === 'like' ? 'good' : 'bad',
  };
}

/**
 * What makes deliveries one and the same. Teams delivers again under the same id, and sometimes under a new one: then
 * conversation, sender, time and text are still the same. `content` is null where no time was given.
 */
export function inboxKeys(activity: Activity): { id: string; content: string | null } {
  const place = `${tenantOf(activity) ?? ''}:${activity.conversation.id}`;
  const hash = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  const { timestamp, text = '', from } = activity;
  return {
    id: `teams:${hash(place, activity.id ?? `${from.id} ${timestamp} ${text}`)}`,
    content: timestamp === undefined ? null : `teams:${hash(place, from.id, timestamp, text)}`,
  };
}
