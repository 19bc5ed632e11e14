import type { Context } from '../context.ts';
import { factsHold } from '../identity/aging.ts';
import {
  finishLink,
  personOfChatAccount,
  startLink,
  unlinkChatAccount,
  type ChatAccount,
} from '../identity/chat-accounts.ts';
import type { PersonId } from '../ids.ts';
import { accessInChat } from './access-in-chat.ts';
import { guessLanguage } from '../models/language.ts';
import { chatWords, type ChatWords } from './words.ts';

/** What a chat does with a message: ask for a known person, or say something to the sender alone. */
export type ChatReply =
  | { kind: 'ask'; person: { id: PersonId; name: string }; words: ChatWords }
  /** Seen by the sender alone, wherever it was written. */
  | { kind: 'say'; text: string };

/** What somebody may say to a bot beside a question. */
export const CHAT_COMMANDS = {
  help: /^(\/?help|\/?hilfe|\?)$/i,
  whoAmI: /^(who\s*am\s*i(\s+to\s+you)?|whoami|wer\s+bin\s+ich)\s*\??$/i,
  unlink: /^(unlink|trennen)$/i,
  sixDigits: /^(\d{3})[\s-]?(\d{3})$/,
} as const;

/**
 * The part of a chat that is the same in Slack and in Teams: who writes, linking, `help`, `who am I`, `unlink`, `access`.
 * `direct`: the bot's one-to-one chat with the sender, the only place where the six digits count. `toldDirectly`: what is
 * said to the sender alone goes to that chat, wherever they wrote. The account's tenant, and that it is no guest or
 * stranger, was checked before.
 */
export async function replyInChat(
  ctx: Pick<Context, 'db' | 'pool' | 'clock' | 'config' | 'secrets' | 'log' | 'live' | 'underway'>,
  message: { account: ChatAccount; text: string; direct: boolean; toldDirectly?: boolean; bot: string },
): Promise<ChatReply> {
  const { account, direct, toldDirectly = direct, bot } = message;
  const text = message.text.trim();
  const person = await personOfChatAccount(ctx, account);
  const words = chatWords(person?.language ?? guessLanguage(text));
  const say = (sentence: string): ChatReply => ({ kind: 'say', text: sentence });

  if (CHAT_COMMANDS.help.test(text)) return say(words.help(bot));
  const digits = direct ? CHAT_COMMANDS.sixDigits.exec(text) : null;
  if (digits) {
    const finished = await finishLink(ctx, account, `${digits[1]}${digits[2]}`);
    if (finished.outcome === 'linked') return say(words.linked(finished.name));
    if (finished.outcome === 'wrong_code') return say(words.wrongCode(finished.triesLeft));
    if (!person) return say(`${words.noCodeExpected}\n${await signInSentence(ctx, account, words, toldDirectly)}`);
  }
  if (!person) {
    if (CHAT_COMMANDS.whoAmI.test(text) || CHAT_COMMANDS.unlink.test(text))
      return say(`${words.notLinked} ${await signInSentence(ctx, account, words, toldDirectly)}`);
    return say(await signInSentence(ctx, account, words, toldDirectly));
  }
  if (CHAT_COMMANDS.whoAmI.test(text)) return say(words.whoAmI(person.name, account.name, account.workspace));
  if (CHAT_COMMANDS.unlink.test(text))
    return say((await unlinkChatAccount(ctx, account)) ? words.unlinked : words.notLinked);
  if (text === '') return say(words.empty);
  if (!(await factsHold(ctx, person.id, person.facts)))
    return say(words.signInAgain(`${ctx.config.PUBLIC_URL}/sign-in`));
  const access = await accessInChat(
    ctx,
    { personId: person.id, surface: account.surface },
    text,
    person.language ?? guessLanguage(text),
  );
  if (access !== null) return say(access);
  return { kind: 'ask', person, words };
}

async function signInSentence(
  ctx: Pick<Context, 'pool' | 'clock' | 'config'>,
  account: ChatAccount,
  words: ChatWords,
  direct: boolean,
): Promise<string> {
  const { url, expiresAt } = await startLink(ctx, account);
  const minutes = Math.round((expiresAt.getTime() - ctx.clock.now().getTime()) / 60_000);
  return direct ? words.signIn(url, minutes) : words.signInElsewhere(url, minutes);
}
