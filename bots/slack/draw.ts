import type { AnswerEvent, Notice } from '../../core/conversation/events.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import { defanged } from './escape.ts';
import { endingBlocks, noticeBlocks, TEXT_LIMIT, type Block } from './blocks.ts';
import { closeFence, cutPoint, splitText } from '../../core/conversation/split.ts';

/** What came of writing to a message that grows: it took it, the reader stopped it, or it grows no more. */
export type Growth = 'ok' | 'stopped' | 'dead';

/** Where an answer is drawn. All of it may be slow; only `post` may throw. */
export type Canvas = Readonly<{
  /** The line that says what is being done; null takes it away. */
  status(text: string | null): Promise<void>;
  /** Begins a message that grows; null where that can't be had now. */
  begin(markdown: string): Promise<string | null>;
  grow(id: string, markdown: string): Promise<Growth>;
  /** Ends a growing message with what is left and the blocks under it. */
  end(id: string, markdown: string, blocks: readonly Block[]): Promise<Growth>;
  /** Writes a message that was begun anew, as a whole. False: it could not. */
  replace(id: string, markdown: string, blocks: readonly Block[]): Promise<boolean>;
  post(markdown: string, blocks: readonly Block[]): Promise<void>;
}>;

export type DrawOptions = Readonly<{
  words: ChatWords;
  /** Asked once, right before the first word is shown. False: nothing may be shown, by nobody. */
  mayBegin(): Promise<boolean>;
  /** Asked before each piece. False: nothing more may be shown, and `stoppedText` stands at the end instead. */
  mayGoOn(): Promise<boolean>;
  stoppedText(): string;
  /** The reader pressed stop. */
  onStopped(): void;
  now?: () => number;
  /** The pause between two pieces of a growing message, ms. */
  growEveryMs?: number;
  /** A growing message is ended and a new one begun at this age, ms: Slack closes it at about five minutes. */
  rotateAfterMs?: number;
  textLimit?: number;
}>;

export type Drawn = Readonly<{
  /** `begun` false: nothing was said and nothing may be. */
  begun: boolean;
  last: Extract<AnswerEvent, { type: 'done' | 'failed' }> | null;
  private: Extract<AnswerEvent, { type: 'private' }> | null;
}>;

/** One message of an answer: where its text begins in the whole, what is shown of it, and whether it still grows. */
type Part = { id: string; text: string; startedAt: number; alive: boolean };

/**
 * Draws the events of one answer: a status line, then the text as it comes, in messages that grow where that can be had
 * and in whole ones where not, at last the sources. The whole text is kept here, so that nothing is lost with a message
 * that stops growing. @throws what `post` throws.
 */
export async function drawAnswer(
  events: AsyncIterable<AnswerEvent>,
  canvas: Canvas,
  options: DrawOptions,
): Promise<Drawn> {
  const { growEveryMs = 1_500, rotateAfterMs = 240_000, textLimit = TEXT_LIMIT, now = Date.now } = options;
  /** Said by the answer and not shown yet. */
  let waiting = '';
  /** Held back because what follows decides what it is. */
  let held = '';
  let part: Part | null = null;
  let growing: 'unknown' | 'yes' | 'no' = 'unknown';
  let begun: boolean | null = null;
  let stopped = false;
  let lastShown = 0;
  let showing: Promise<void> | null = null;
  let last: Drawn['last'] = null;
  let isPrivate: Drawn['private'] = null;
  let notices: readonly Notice[] = [];

  const begin = async (): Promise<boolean> => (begun ??= await options.mayBegin());

  const noteGrowth = (growth: Growth) => {
    if (growth === 'ok') return;
    if (part) part.alive = false;
    growing = 'no';
    if (growth === 'stopped') {
      stopped = true;
      options.onStopped();
    }
  };

  /** Shows what waits, as far as a growing message takes it. */
  const show = async () => {
    if (waiting.trim() === '' || stopped || growing === 'no' || !(await begin()) || !(await options.mayGoOn())) return;
    lastShown = now();
    if (!part) {
      const first = takeUpTo(textLimit);
      const id = await canvas.begin(first);
      if (id === null) {
        growing = 'no';
        waiting = first + waiting;
        return;
      }
      growing = 'yes';
      part = { id, text: first, startedAt: now(), alive: true };
      return;
    }
    const room = textLimit - part.text.length;
    const old = now() - part.startedAt > rotateAfterMs;
    if (old || waiting.length > room) return rotate(part, old ? Math.min(room, waiting.length) : room);
    const piece = takeUpTo(room);
    const growth = await canvas.grow(part.id, piece);
    if (growth !== 'ok') waiting = piece + waiting;
    else part.text += piece;
    noteGrowth(growth);
  };

  /** Ends the growing message at a good border within `room`; the next `show` begins another. */
  const rotate = async (full: Part, room: number) => {
    const whole = full.text + waiting;
    const at = Math.max(
      full.text.length,
      cutPoint(whole, Math.min(whole.length - 1, full.text.length + Math.max(0, room))),
    );
    const closed = closeFence(whole.slice(0, at));
    const rest = whole.slice(at);
    // Before anything is waited for: more text comes meanwhile, and goes behind this.
    waiting = closed.carry === '' ? rest.replace(/^\n+/, '') : closed.carry + rest;
    const growth = await canvas.end(full.id, closed.part.slice(full.text.length), []);
    if (growth === 'dead' && !(await canvas.replace(full.id, closed.part, [])))
      await canvas.post(closed.part.slice(full.text.length), []);
    part = null;
    growing = 'unknown';
    if (growth === 'stopped') noteGrowth(growth);
  };

  const takeUpTo = (limit: number): string => {
    const at = cutPoint(waiting, limit);
    const piece = waiting.slice(0, at);
    waiting = waiting.slice(at);
    return piece;
  };

  const showSoon = () => {
    if (showing || stopped || growing === 'no' || now() - lastShown < growEveryMs) return;
    showing = show().finally(() => (showing = null));
    // Its failure comes out where it is awaited.
    showing.catch(() => {});
  };

  /** Shows the rest and the blocks, whatever it takes. */
  const finish = async (blocks: readonly Block[]) => {
    const full = shown();
    if (full?.alive && full.text.length + waiting.length > textLimit) await rotate(full, textLimit - full.text.length);
    const open = shown();
    if (open?.alive) {
      const growth = await canvas.end(open.id, waiting, blocks);
      if (growth === 'ok') return;
      noteGrowth(growth);
      if (growth === 'stopped') waiting = '';
    }
    if (
      open &&
      open.text.length + waiting.length <= textLimit &&
      (await canvas.replace(open.id, open.text + waiting, blocks))
    )
      return;
    const texts = waiting.trim() === '' ? [''] : splitText(waiting, textLimit);
    for (const [index, text] of texts.entries()) await canvas.post(text, index === texts.length - 1 ? blocks : []);
  };
  const shown = (): Part | null => part;
  const beingShown = (): Promise<void> | null => showing;

  try {
    for await (const event of events) {
      if (event.type === 'status' && begun === null) await canvas.status(event.text);
      else if (event.type === 'text') {
        const text = defanged(held + event.text);
        held = /[<@]$/.test(text) ? text.slice(-1) : '';
        waiting += held === '' ? text : text.slice(0, -1);
        showSoon();
      } else if (event.type === 'private') isPrivate = event;
      else if (event.type === 'citations') notices = event.notices;
      else if (event.type === 'done' || event.type === 'failed') last = event;
    }
    waiting += held;
    await beingShown();
    if (!(await begin())) return { begun: false, last, private: isPrivate };
    const mayGoOn = await options.mayGoOn();
    if (last?.type === 'done' && mayGoOn) {
      await finish(endingBlocks({ ...last, answered: last.outcome === 'answered' }, options.words));
    } else {
      if (stopped || !mayGoOn) waiting = '';
      const sentence = !mayGoOn ? options.stoppedText() : last?.type === 'failed' ? last.message : options.words.failed;
      waiting += `${waiting.trim() === '' && !shown() ? '' : '\n\n'}_${defanged(sentence)}_`;
      await finish(mayGoOn ? noticeBlocks(notices, options.words) : []);
    }
    return { begun: true, last, private: isPrivate };
  } finally {
    await canvas.status(null);
  }
}
