import { replyInChat, type ChatReply } from '../../core/conversation/chat-reply.ts';
import { MAX_ATTEMPTS, type Attempt } from '../../core/conversation/inbox.ts';
import { nobodyBecause } from '../../core/conversation/readers.ts';
import { firstToday } from '../../core/conversation/told-once.ts';
import { chatWords } from '../../core/conversation/words.ts';
import { newId } from '../../core/ids.ts';
import { guessLanguage } from '../../core/models/language.ts';
import { answerHere } from './answer-here.ts';
import { SlackCallError } from './api.ts';
import type { Profile } from './directory.ts';
import type { Asked } from './incoming.ts';
import type { Slack } from './slack.ts';
import { tellAlone, tellDirectly } from './tell.ts';
import { quotedThread } from './thread.ts';

type Asker = Extract<ChatReply, { kind: 'ask' }>;

/**
 * The way of a Slack message: who wrote it, whether they are answered at all, who reads along, and then the answer, here
 * or to them alone. Whoever addresses the bot gets an answer or a reason.
 */
export async function answerMessage(slack: Slack, asked: Asked, attempt: Attempt): Promise<void> {
  const guessed = chatWords(guessLanguage(asked.text));
  const tell = async (text: string) => {
    if (await attempt.settle()) await tellAlone(slack, asked, text);
  };
  if (attempt.number > MAX_ATTEMPTS) return tell(guessed.gaveUp);
  const profile = await profileOf(slack, asked.userId);
  if (profile === null) return tell(guessed.refused.unverifiable);
  if (profile.refusal === 'bot' || profile.deleted) return;
  if (profile.refusal !== null) {
    if (firstToday(slack.refusedAt, asked.userId, slack.ctx.clock.now())) await tell(guessed.refused[profile.refusal]);
    return;
  }
  const account = {
    surface: 'slack',
    tenantId: slack.self.teamId,
    externalId: asked.userId,
    name: profile.name,
    workspace: slack.self.teamName,
  } as const;
  const reply = await replyInChat(slack.ctx, { account, text: asked.text, direct: asked.direct, bot: slack.self.name });
  if (reply.kind === 'say') return tell(reply.text);
  return asked.direct ? answerDirectly(slack, asked, reply, attempt) : answerInChannel(slack, asked, reply, attempt);
}

async function answerDirectly(slack: Slack, asked: Asked, { person, words }: Asker, attempt: Attempt): Promise<void> {
  await answerHere(slack, {
    question: { text: asked.text, asker: person.id, messageId: newId() },
    words,
    target: { channelId: asked.channelId, threadTs: asked.threadTs, userId: asked.userId },
    readers: null,
    mayBegin: () => attempt.settle(),
  });
}

/** In a channel only what everyone there may read is said; the asker's rest, or all of it, goes to their direct chat. */
async function answerInChannel(slack: Slack, asked: Asked, asker: Asker, attempt: Attempt): Promise<void> {
  const { person, words } = asker;
  const quoted = await quotedThread(slack, asked);
  for (let look = 0; look < 3; look++) {
    const readers = asked.sharedOutside
      ? nobodyBecause('outside')
      : await slack.rosters.readers(asked.channelId, look === 0 ? undefined : 0);
    if (readers.reason !== null)
      return answerAlone(slack, asked, asker, { quoted, attempt, reason: words.privately[readers.reason] });
    const told = await answerHere(slack, {
      question: { text: asked.text, asker: person.id, messageId: newId(), quoted },
      words,
      target: { channelId: asked.channelId, threadTs: asked.threadTs, userId: asked.userId },
      readers: readers.audience,
      mayBegin: () => attempt.settle(),
    }).catch((error: unknown) => cannotWrite(error));
    if (told === 'cannot_write') return answerAlone(slack, asked, asker, { quoted, attempt: null, reason: null });
    if (told.kind === 'superseded') return;
    if (told.kind === 'said')
      return told.privateId === null ? undefined : fullerAnswer(slack, asked, asker, told.privateId, quoted);
  }
  return answerAlone(slack, asked, asker, { quoted, attempt, reason: words.privately.members_changed });
}

/** What the asker may read beyond the channel, in their direct chat; the channel hears nothing of it. */
async function fullerAnswer(
  slack: Slack,
  asked: Asked,
  asker: Asker,
  messageId: string,
  quoted: Quoted,
): Promise<void> {
  await sayDirectly(slack, asked, asker, {
    messageId,
    quoted,
    heading: asker.words.fullerAnswerHeading(placeOf(asked)),
  });
  await tellAlone(slack, asked, asker.words.fullerAnswer);
}

/** All of the answer in the direct chat. `reason`: said to the asker alone in the channel; null where nothing can be said there. */
async function answerAlone(
  slack: Slack,
  asked: Asked,
  asker: Asker,
  { quoted, attempt, reason }: { quoted: Quoted; attempt: Attempt | null; reason: string | null },
): Promise<void> {
  if (attempt && !(await attempt.settle())) return;
  const { words } = asker;
  const heading = reason === null ? words.cannotWriteThere(placeOf(asked)) : words.fullerAnswerHeading(placeOf(asked));
  if (reason !== null) await tellAlone(slack, asked, reason);
  await sayDirectly(slack, asked, asker, { messageId: newId(), quoted, heading });
}

type Quoted = readonly { author: string; text: string }[];

async function sayDirectly(
  slack: Slack,
  asked: Asked,
  { person, words }: Asker,
  { messageId, quoted, heading }: { messageId: string; quoted: Quoted; heading: string },
): Promise<void> {
  const { channelId, ts } = await tellDirectly(slack, asked.userId, heading);
  await answerHere(slack, {
    question: { text: asked.text, asker: person.id, messageId, quoted },
    words,
    target: { channelId, threadTs: ts, userId: asked.userId },
    readers: null,
    mayBegin: async () => true,
  });
}

const placeOf = (asked: Asked): string => `<#${asked.channelId}>`;

const CANNOT_WRITE = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'restricted_action_thread_only_channel',
  'restricted_action_read_only_channel',
  'restricted_action_non_threadable_channel',
  'thread_locked',
  'cannot_reply_to_message',
  'message_not_found',
]);

function cannotWrite(error: unknown): 'cannot_write' {
  if (error instanceof SlackCallError && CANNOT_WRITE.has(error.code)) return 'cannot_write';
  throw error;
}

/** Null where Slack does not say who this is: then nobody is believed to be anybody. */
async function profileOf(slack: Slack, userId: string): Promise<Profile | null> {
  try {
    return await slack.directory.profile(userId);
  } catch (error) {
    slack.ctx.log.warn(
      { surface: 'slack', reason: error instanceof SlackCallError ? error.code : 'profile' },
      'sender not verified',
    );
    return null;
  }
}
