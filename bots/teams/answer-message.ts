import { replyInChat, type ChatReply } from '../../core/conversation/chat-reply.ts';
import { MAX_ATTEMPTS, type Attempt } from '../../core/conversation/inbox.ts';
import { firstToday } from '../../core/conversation/told-once.ts';
import { chatWords } from '../../core/conversation/words.ts';
import { newId, type MessageId } from '../../core/ids.ts';
import { personOfChatAccount, type ChatAccount } from '../../core/identity/chat-accounts.ts';
import { guessLanguage } from '../../core/models/language.ts';
import { answerHere } from './answer-here.ts';
import { TeamsCallError } from './failure.ts';
import type { Asked } from './incoming.ts';
import type { Member } from './member.ts';
import type { Teams } from './teams.ts';
import { placeName, sayAlone, sayHere } from './tell.ts';

type Asker = Extract<ChatReply, { kind: 'ask' }>;

const BOT_NAME = 'Gatehouse';

/**
 * The way of a Teams message: who wrote it, whether they are answered at all, who reads along, and then the answer, here or to
 * them alone. Whoever addresses the bot gets an answer or a reason.
 */
export async function answerMessage(teams: Teams, asked: Asked, attempt: Attempt): Promise<void> {
  const guessed = chatWords(guessLanguage(asked.text));
  const say = async (text: string) => {
    if (await attempt.settle()) await sayHere(teams, asked.chat, text);
  };
  if (attempt.number > MAX_ATTEMPTS) return say(guessed.gaveUp);
  const refuse = async (why: keyof typeof guessed.refused) => {
    if (firstToday(teams.refusedAt, `${asked.chat.tenantId} ${asked.user.id}`, teams.ctx.clock.now()))
      await say(guessed.refused[why]);
  };
  if (asked.tenantsDisagree || (teams.tenants && !teams.tenants.has(asked.chat.tenantId))) return refuse('stranger');
  const sender = await senderOf(teams, asked);
  if (sender === null || sender.refusal === 'unverifiable') return say(guessed.refused.unverifiable);
  if (sender.refusal !== null || sender.objectId === null) return refuse(sender.refusal ?? 'stranger');

  const account: ChatAccount = {
    surface: 'teams',
    tenantId: asked.chat.tenantId,
    externalId: sender.objectId,
    name: sender.name,
    workspace: 'Microsoft Teams',
  };
  if (asked.chat.kind !== 'personal') return answerAmongOthers(teams, asked, account, attempt);
  const reply = await replyInChat(teams.ctx, { account, text: asked.text, direct: true, bot: BOT_NAME });
  if (reply.kind === 'say') return say(reply.text);
  await answerHere(teams, {
    chat: asked.chat,
    question: { text: asked.text, asker: reply.person.id },
    words: reply.words,
    readers: null,
    // What a dead process left half grown is not touched: a second one would be refused.
    grow: attempt.number === 1,
    mayBegin: () => attempt.settle(),
  });
}

/** In a group chat or channel: what concerns the sender alone is said to them alone, the rest only if everyone may read it. */
async function answerAmongOthers(teams: Teams, asked: Asked, account: ChatAccount, attempt: Attempt): Promise<void> {
  const known = await personOfChatAccount(teams.ctx, account);
  const reply = await replyInChat(teams.ctx, {
    account,
    text: asked.text,
    direct: false,
    toldDirectly: true,
    bot: BOT_NAME,
  });
  if (reply.kind === 'ask') return answerInPlace(teams, asked, reply, attempt);
  if (!(await attempt.settle())) return;
  const words = chatWords(known?.language ?? guessLanguage(asked.text));
  const direct = await sayAlone(teams, asked, reply.text);
  await sayHere(
    teams,
    asked.chat,
    known === null ? words.signInPersonally : direct === null ? words.cannotWriteDirectly : words.repliedDirectly,
  );
}

async function answerInPlace(teams: Teams, asked: Asked, asker: Asker, attempt: Attempt): Promise<void> {
  const { person, words } = asker;
  for (let look = 0; look < 3; look += 1) {
    const readers = await teams.rosters.readers(asked.chat, look === 0 ? undefined : 0);
    if (readers.reason !== null) return answerAlone(teams, asked, asker, attempt, words.privately[readers.reason]);
    const told = await answerHere(teams, {
      chat: asked.chat,
      question: { text: asked.text, asker: person.id },
      words,
      readers: readers.audience,
      grow: false,
      mayBegin: () => attempt.settle(),
    });
    if (told.kind === 'superseded') return;
    if (told.kind === 'said') {
      // Nobody here hears that there is more, but that the asker can't be reached.
      if (told.privateId !== null && !(await sayDirectly(teams, asked, asker, told.privateId)))
        await sayHere(teams, asked.chat, words.cannotWriteDirectly);
      return;
    }
  }
  return answerAlone(teams, asked, asker, attempt, words.privately.members_changed);
}

/** All of the answer in the personal chat; in the place only why. */
async function answerAlone(teams: Teams, asked: Asked, asker: Asker, attempt: Attempt, reason: string): Promise<void> {
  if (!(await attempt.settle())) return;
  const reached = await sayDirectly(teams, asked, asker, newId());
  await sayHere(teams, asked.chat, reached ? reason : asker.words.cannotWriteDirectly);
}

/** Answers in the asker's personal chat from all that they may read. False: they can't be written to. */
async function sayDirectly(
  teams: Teams,
  asked: Asked,
  { person, words }: Asker,
  messageId: MessageId,
): Promise<boolean> {
  const chat = await sayAlone(teams, asked, words.fullerAnswerHeading(placeName(asked) ?? words.aGroupChat));
  if (chat === null) return false;
  await answerHere(teams, {
    chat,
    question: { text: asked.text, asker: person.id, messageId },
    words,
    readers: null,
    grow: false,
    mayBegin: async () => true,
  });
  return true;
}

/** Null where Teams does not say who this is: then nobody is believed to be anybody. */
async function senderOf(teams: Teams, asked: Asked): Promise<Member | null> {
  try {
    return await teams.directory.sender(asked);
  } catch (error) {
    const reason = error instanceof TeamsCallError ? error.code : 'member';
    teams.ctx.log.warn({ error, surface: 'teams', reason }, 'sender not verified');
    return null;
  }
}
