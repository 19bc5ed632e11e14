import { z } from 'zod';
import { messageOf, sentenceOf, withoutButtons, type Block, type Dialect } from './blocks.ts';
import { SlackCallError, type SlackApi } from './api.ts';
import type { Canvas, Growth } from './draw.ts';
import type { Self } from './incoming.ts';
import { splitText } from '../../core/conversation/split.ts';

/** What this workspace was found not to have, and until when that is believed. `markdown`: blocks of today. */
export type Missing = Map<'streams' | 'status' | 'markdown', number>;

/** How messages are to be written for this workspace. */
export const dialectOf = (missing: Missing): Dialect => (missing.has('markdown') ? 'mrkdwn' : 'markdown');

export type Target = Readonly<{
  channelId: string;
  threadTs: string;
  userId: string;
  /** Names the answer on its messages, so that a post whose outcome is unknown can be looked for. */
  answerId: string;
}>;

const TRY_AGAIN_MS = 10 * 60_000;
/** Slack takes the status line away after two minutes. */
const STATUS_AGAIN_MS = 90_000;
const LOADING_LIMIT = 50;
const NOT_HERE = new Set([
  'unknown_method',
  'not_allowed',
  'missing_scope',
  'feature_not_enabled',
  'not_allowed_token_type',
  'access_denied',
  'method_not_supported_for_channel_type',
  'channel_type_not_supported',
  'no_permission',
]);
const METADATA_TYPE = 'gatehouse_answer';

const begunAnswer = z.object({ ts: z.string() });
const repliesAnswer = z.object({
  messages: z.array(
    z.object({
      metadata: z
        .object({ event_type: z.string().optional(), event_payload: z.record(z.string(), z.unknown()).optional() })
        .optional(),
    }),
  ),
});

const codeOf = (error: unknown): string => (error instanceof SlackCallError ? error.code : 'unknown');

/** Draws in a Slack thread, with what this workspace has: streams and a status line, or plain messages. */
export function slackCanvas(
  api: SlackApi,
  self: Self,
  missing: Missing,
  target: Target,
  now: () => number = Date.now,
): Canvas {
  const { channelId: channel, threadTs: thread_ts } = target;
  const lacks = (what: 'streams' | 'status') => (missing.get(what) ?? 0) > now();
  const noteMissing = (what: 'streams' | 'status', error: unknown) => {
    if (NOT_HERE.has(codeOf(error))) missing.set(what, now() + TRY_AGAIN_MS);
  };
  let statusShown: string | null = null;
  let statusTimer: NodeJS.Timeout | undefined;
  let posted = 0;

  /** A status that there is no room for is left out; taking one away is waited for. */
  const setStatus = async (text: string) => {
    const args = { channel_id: channel, thread_ts, status: text };
    if (text === '') await api.call('assistant.threads.setStatus', args);
    else
      await api.callIfRoom('assistant.threads.setStatus', {
        ...args,
        loading_messages: [text.slice(0, LOADING_LIMIT)],
      });
  };
  /** A post whose outcome is unknown is looked for before it is repeated: silence and a double answer are both wrong. */
  const post = async (args: Record<string, unknown>) => {
    const piece = `${target.answerId}:${posted++}`;
    const message = { channel, thread_ts, ...args, metadata: { event_type: METADATA_TYPE, event_payload: { piece } } };
    try {
      await api.call('chat.postMessage', message);
    } catch (error) {
      if (codeOf(error) !== 'no_answer' || (await isThere(piece)))
        return rethrowUnless(error, codeOf(error) === 'no_answer');
      await api.call('chat.postMessage', message);
    }
  };
  const rethrowUnless = (error: unknown, fine: boolean) => {
    if (!fine) throw error;
  };
  const isThere = async (piece: string): Promise<boolean> => {
    const { messages } = await api.read(
      'conversations.replies',
      { channel, ts: thread_ts, limit: 100, include_all_metadata: true },
      repliesAnswer,
    );
    return messages.some(
      ({ metadata }) => metadata?.event_type === METADATA_TYPE && metadata.event_payload?.piece === piece,
    );
  };
  const postSimpler = async (markdown: string, blocks: readonly Block[], error: unknown): Promise<void> => {
    const code = codeOf(error);
    if (code.startsWith('invalid_blocks') && withoutButtons(blocks).length < blocks.length)
      return postWhole(markdown, withoutButtons(blocks));
    if (code.startsWith('invalid_blocks')) return post(sentenceOf(messageOf(markdown).text as string));
    if ((code === 'msg_blocks_too_long' || code === 'msg_too_long') && markdown.length > 1_000) {
      const parts = splitText(markdown, Math.ceil(markdown.length / 2) + 50);
      for (const [index, part] of parts.entries()) await postWhole(part, index === parts.length - 1 ? blocks : []);
      return;
    }
    throw error;
  };
  const postWhole = async (markdown: string, blocks: readonly Block[]): Promise<void> => {
    try {
      await post(messageOf(markdown, blocks, dialectOf(missing)));
    } catch (error) {
      await postSimpler(markdown, blocks, error);
    }
  };
  const growthAfter = (error: unknown): Growth => (codeOf(error) === 'stopped_by_user' ? 'stopped' : 'dead');

  return {
    async status(text) {
      clearInterval(statusTimer);
      if (text === null ? statusShown === null : lacks('status')) return;
      statusShown = text;
      try {
        await setStatus(text ?? '');
        if (text === null) return;
        statusTimer = setInterval(() => void setStatus(text).catch(() => {}), STATUS_AGAIN_MS);
        statusTimer.unref();
      } catch (error) {
        noteMissing('status', error);
      }
    },
    async begin(markdown) {
      if (lacks('streams')) return null;
      try {
        const begun = await api.callIfRoom('chat.startStream', {
          channel,
          thread_ts,
          markdown_text: markdown,
          recipient_user_id: target.userId,
          recipient_team_id: self.teamId,
        });
        return begun === null ? null : begunAnswer.parse(begun).ts;
      } catch (error) {
        noteMissing('streams', error);
        return null;
      }
    },
    async grow(id, markdown) {
      try {
        await api.call('chat.appendStream', { channel, ts: id, markdown_text: markdown });
        return 'ok';
      } catch (error) {
        return growthAfter(error);
      }
    },
    async end(id, markdown, blocks) {
      const stop = (under: readonly Block[]) =>
        api.call('chat.stopStream', {
          channel,
          ts: id,
          ...(markdown === '' ? {} : { markdown_text: markdown }),
          ...(under.length > 0 ? { blocks: under } : {}),
        });
      try {
        await stop(blocks);
        return 'ok';
      } catch (error) {
        if (!codeOf(error).startsWith('invalid_blocks')) return growthAfter(error);
      }
      try {
        await stop(withoutButtons(blocks));
        return 'ok';
      } catch (error) {
        return growthAfter(error);
      }
    },
    async replace(id, markdown, blocks) {
      for (const under of [blocks, withoutButtons(blocks)])
        try {
          await api.call('chat.update', { channel, ts: id, ...messageOf(markdown, under, dialectOf(missing)) });
          return true;
        } catch (error) {
          if (!codeOf(error).startsWith('invalid_blocks')) return false;
        }
      return false;
    },
    post: postWhole,
  };
}
