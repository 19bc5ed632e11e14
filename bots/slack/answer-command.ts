import { answer } from '../../core/answer.ts';
import { PRIVATE } from '../../core/access/scope.ts';
import { replyInChat } from '../../core/conversation/chat-reply.ts';
import { MAX_ATTEMPTS, type Attempt } from '../../core/conversation/inbox.ts';
import { chatWords, type ChatWords } from '../../core/conversation/words.ts';
import { asAppError } from '../../core/errors.ts';
import type { PersonId } from '../../core/ids.ts';
import { guessLanguage } from '../../core/models/language.ts';
import { defanged } from './escape.ts';
import { endingBlocks, messageOf, noticeBlocks, sentenceOf, TEXT_LIMIT, withoutButtons, type Block } from './blocks.ts';
import { dialectOf } from './canvas.ts';
import type { Commanded } from './incoming.ts';
import type { Slack } from './slack.ts';
import { splitText } from '../../core/conversation/split.ts';
import { tellDirectly } from './tell.ts';

/** A response_url may be used five times. */
const MOST_REPLIES = 4;
const REPLY_TIMEOUT_MS = 10_000;
const REPLY_TRIES = 3;

/** `/ask`: answered to the sender alone, from everything that they may read, wherever it was typed. */
export async function answerCommand(slack: Slack, asked: Commanded, attempt: Attempt): Promise<void> {
  const guessed = chatWords(guessLanguage(asked.text));
  const tell = async (text: string) => {
    if (await attempt.settle()) await reply(slack, asked, sentenceOf(text));
  };
  if (attempt.number > MAX_ATTEMPTS) return tell(guessed.gaveUp);
  if (asked.teamId !== slack.self.teamId) return tell(guessed.refused.foreign);
  const profile = await slack.directory.profile(asked.userId).catch(() => null);
  if (profile === null) return tell(guessed.refused.unverifiable);
  if (profile.refusal !== null) return tell(guessed.refused[profile.refusal]);
  const account = {
    surface: 'slack',
    tenantId: slack.self.teamId,
    externalId: asked.userId,
    name: profile.name,
    workspace: slack.self.teamName,
  } as const;
  const said = await replyInChat(slack.ctx, { account, text: asked.text, direct: false, bot: slack.self.name });
  if (said.kind === 'say') return tell(said.text);

  const { texts, blocks } = await wholeAnswer(slack, asked.text, said.person.id, said.words);
  if (!(await attempt.settle())) return;
  if (texts.length > MOST_REPLIES) {
    await sayAllDirectly(slack, asked.userId, texts, blocks);
    return reply(slack, asked, sentenceOf(said.words.continuedDirectly));
  }
  for (const [index, text] of texts.entries())
    await reply(slack, asked, messageOf(text, index === texts.length - 1 ? blocks : [], dialectOf(slack.missing)));
}

async function wholeAnswer(
  slack: Slack,
  text: string,
  asker: PersonId,
  words: ChatWords,
): Promise<{ texts: string[]; blocks: Block[] }> {
  let written = '';
  let blocks: Block[] = [];
  try {
    for await (const event of answer(slack.ctx, { text, asker, surface: 'slack', place: PRIVATE })) {
      if (event.type === 'text') written += event.text;
      if (event.type === 'citations') blocks = noticeBlocks(event.notices, words);
      if (event.type === 'failed') written += `${written === '' ? '' : '\n\n'}_${event.message}_`;
      if (event.type === 'done')
        return {
          texts: splitText(defanged(written), TEXT_LIMIT),
          blocks: endingBlocks({ ...event, answered: event.outcome === 'answered' }, words),
        };
    }
  } catch (error) {
    const failure = asAppError(error);
    if (failure.code === 'internal') slack.ctx.log.error({ error, surface: 'slack' }, 'answer_failed');
    written += failure.message;
  }
  return { texts: splitText(defanged(written || words.failed), TEXT_LIMIT), blocks };
}

async function sayAllDirectly(
  slack: Slack,
  userId: string,
  texts: readonly string[],
  blocks: readonly Block[],
): Promise<void> {
  const [first = '', ...rest] = texts;
  const { channelId, ts } = await tellDirectly(slack, userId, first);
  for (const [index, text] of rest.entries())
    await slack.api.call('chat.postMessage', {
      channel: channelId,
      thread_ts: ts,
      ...messageOf(text, index === rest.length - 1 ? withoutButtons(blocks) : [], dialectOf(slack.missing)),
    });
}

/** Through the address that came with the command if it is Slack's; else as a message that only the sender sees. */
async function reply(slack: Slack, asked: Commanded, message: Record<string, unknown>): Promise<void> {
  if (asked.responseUrl !== null && isSlacks(asked.responseUrl, slack.ctx.config.SLACK_API_URL))
    for (let tries = 0; tries < REPLY_TRIES; tries++) if (await posted(asked.responseUrl, message)) return;
  try {
    await slack.api.call('chat.postEphemeral', { channel: asked.channelId, user: asked.userId, ...message });
  } catch {
    await slack.api.call('chat.postMessage', { channel: asked.userId, ...message });
  }
}

async function posted(url: string, message: Record<string, unknown>): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
      redirect: 'error',
      signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** Answers go to Slack's own host, or to the Slack that is configured. */
function isSlacks(address: string, apiUrl: string | undefined): boolean {
  const { protocol, hostname, port } = new URL(address);
  if (apiUrl === undefined) return protocol === 'https:' && hostname === 'hooks.slack.com';
  const configured = new URL(apiUrl);
  return hostname === configured.hostname && port === configured.port;
}
