import type { Outgoing, TeamsApi } from './api.ts';
import type { Chat } from './chat.ts';
import { asTeamsCallError, type TeamsCallError } from './failure.ts';
import { sentence, streamed } from './said.ts';

/**
 * One message of a personal chat that grows. Teams allows one at a time in a chat, about one piece a second, for two minutes.
 * Only `finish` throws.
 */
export type Stream = Readonly<{
  /** What is being done, above the text that is still to come. */
  inform(text: string): Promise<void>;
  /** The whole text so far; it must begin with what was shown before. */
  grow(text: string): Promise<void>;
  /** Ends it, or says it as one message where it could not grow. Gives the message's id; null when the reader stopped it. */
  finish(message: Outgoing): Promise<string | null>;
  /** Ends it with this if it was begun. */
  giveUp(message: Outgoing): Promise<void>;
}>;

export type StreamOptions = Readonly<{
  /** The reader pressed stop. */
  onStopped(): void;
  now?: () => number;
  /** The pause between two pieces, ms. */
  everyMs?: number;
  /** From this age on the message is no stream any more and is rewritten instead, ms: Teams ends streams at two minutes. */
  lateAfterMs?: number;
  rewriteEveryMs?: number;
}>;

type State =
  /** Nothing sent yet. */
  | 'new'
  | 'open'
  /** A plain message by now, rewritten from time to time. */
  | 'late'
  /** Grows no more; said as a whole at the end. */
  | 'still'
  | 'stopped';

const INFORM_LIMIT = 1_000;

export function createStream(api: TeamsApi, chat: Chat, options: StreamOptions): Stream {
  const { now = Date.now, everyMs = 1_600, lateAfterMs = 105_000, rewriteEveryMs = 5_000 } = options;
  let state: State = 'new';
  let id = '';
  let sequence = 0;
  let shown = '';
  let openedAt = 0;
  let lastAt = Number.NEGATIVE_INFINITY;

  const fail = (failed: TeamsCallError) => {
    const next = afterFailure(failed);
    if (next === 'same') return;
    state = next === 'late' && id === '' ? 'still' : next;
    if (state === 'stopped') options.onStopped();
  };

  const piece = async (streamType: 'informative' | 'streaming', text: string) => {
    const next = sequence + 1;
    lastAt = now();
    try {
      const given = await api.sendIfRoom(
        chat,
        streamed(
          { type: 'typing', text },
          { streamType, streamSequence: next, ...(id === '' ? {} : { streamId: id }) },
        ),
      );
      if (given === null) return;
      sequence = next;
      if (state === 'new') {
        // Without an id nothing can follow.
        id = given;
        openedAt = now();
        state = given === '' ? 'still' : 'open';
      }
      if (streamType === 'streaming') shown = text;
    } catch (error) {
      const failed = asTeamsCallError(error);
      // It may have arrived: the number is spent, and what it showed must stay.
      if (failed.code === 'no_answer') {
        sequence = next;
        if (streamType === 'streaming') shown = text;
      }
      if (state === 'new') state = 'still';
      else fail(failed);
    }
  };

  const rewrite = async (text: string) => {
    lastAt = now();
    shown = text;
    await api.update(chat, id, sentence(text)).catch(() => {});
  };

  const endOf = (message: Outgoing): Outgoing => streamed(message, { streamType: 'final', streamId: id });

  return {
    async inform(text) {
      if (shown !== '' || now() - lastAt < everyMs || (state !== 'new' && state !== 'open')) return;
      await piece('informative', text.slice(0, INFORM_LIMIT));
    },
    async grow(text) {
      if (text.trim() === '' || text === shown || state === 'still' || state === 'stopped') return;
      if (state === 'open' && now() - openedAt > lateAfterMs) {
        lastAt = now();
        try {
          await api.send(chat, endOf(sentence(text)));
          shown = text;
          state = 'late';
        } catch (error) {
          fail(asTeamsCallError(error));
        }
        return;
      }
      if (now() - lastAt < (state === 'late' ? rewriteEveryMs : everyMs)) return;
      if (state === 'late') await rewrite(text);
      else await piece('streaming', text);
    },
    async finish(message) {
      if (state === 'open') {
        try {
          return (await api.send(chat, endOf(message))) || id;
        } catch (error) {
          const failed = asTeamsCallError(error);
          // It may be there already: written over it stands there once, whatever happened.
          if (failed.code === 'no_answer') state = 'late';
          else fail(failed);
          if (state === 'open') state = 'still';
        }
      }
      if (state === 'stopped') return null;
      if (id !== '')
        try {
          await api.update(chat, id, message);
          return id;
        } catch {
          // Better said twice than lost: it goes on below.
        }
      return api.send(chat, message);
    },
    async giveUp(message) {
      if (state === 'open')
        await api
          .send(chat, endOf({ ...message, text: shown === '' ? (message.text ?? '') : `${shown}\n\n${message.text}` }))
          .catch(() => {});
    },
  };
}

/** Teams tells these apart by their words only. */
function afterFailure({ status, code, reason }: TeamsCallError): State | 'same' {
  if (status === 403 && /cancel/i.test(reason)) return 'stopped';
  if (status === 403 && /exceed\w* streaming time|already completed/i.test(reason)) return 'late';
  if (status === 413 || /too ?(large|big)|size/i.test(`${code} ${reason}`)) return 'still';
  if (status === 403 || status === 404) return 'still';
  // A busy moment, or a piece that was overtaken: the next one holds everything.
  return 'same';
}
