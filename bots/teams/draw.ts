import type { AnswerEvent, Notice } from '../../core/conversation/events.ts';
import { splitText } from '../../core/conversation/split.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import type { Outgoing } from './api.ts';
import { answerMessage, noticesUnder, TEXT_LIMIT, unnamedSources } from './said.ts';
import type { Stream } from './stream.ts';

/** Where an answer is drawn. */
export type Sheet = Readonly<{
  /** A message that grows; null where the answer comes as a whole. */
  stream: Stream | null;
  /** Gives the message's id. @throws TeamsCallError. */
  send(message: Outgoing): Promise<string>;
  words: ChatWords;
  /** Asked once, right before the first word is shown. False: nothing may be shown. */
  mayBegin(): Promise<boolean>;
  textLimit?: number;
}>;

export type Drawn = Readonly<{
  /** False: nothing was said and nothing may be. */
  begun: boolean;
  /** Under which ids the answer stands, the last with the buttons. */
  messageIds: readonly string[];
  last: Extract<AnswerEvent, { type: 'done' | 'failed' }> | null;
  private: Extract<AnswerEvent, { type: 'private' }> | null;
}>;

/**
 * Draws the events of one answer: it grows where it can, and ends in one message, or several where it is long, with its
 * sources, the AI label and the buttons to rate it. @throws TeamsCallError where its end could not be said.
 */
export async function drawAnswer(events: AsyncIterable<AnswerEvent>, sheet: Sheet): Promise<Drawn> {
  const { stream, words, textLimit = TEXT_LIMIT } = sheet;
  // A long answer is cut behind its first half only: what was shown before must stay where it is.
  const growLimit = textLimit / 2 - 100;
  let text = '';
  let begun: boolean | null = null;
  let growing: Promise<void> | null = null;
  let last: Drawn['last'] = null;
  let isPrivate: Drawn['private'] = null;
  let notices: readonly Notice[] = [];

  const begin = async (): Promise<boolean> => (begun ??= await sheet.mayBegin());
  const grow = () => {
    if (!stream || growing || text.length > growLimit) return;
    growing = begin()
      .then((may) => (may ? stream.grow(text) : undefined))
      .finally(() => (growing = null));
    // Its failure comes out where it is awaited.
    growing.catch(() => {});
  };
  const beingGrown = (): Promise<void> | null => growing;

  try {
    for await (const event of events) {
      if (event.type === 'status') await stream?.inform(event.text);
      else if (event.type === 'text') {
        text += event.text;
        grow();
      } else if (event.type === 'private') isPrivate = event;
      else if (event.type === 'citations') notices = event.notices;
      else if (event.type === 'done' || event.type === 'failed') last = event;
    }
    await beingGrown();
    if (!(await begin())) return { begun: false, messageIds: [], last, private: isPrivate };
  } catch (error) {
    // What began to grow must end, or its "searching" stays for good.
    await stream?.giveUp(answerMessage(words.failed, { citations: [], byMachine: false, rated: false }, words));
    throw error;
  }

  const messageIds: string[] = [];
  for (const [index, message] of ending({ text, last, notices }, words, textLimit).entries()) {
    const id = index === 0 && stream ? await stream.finish(message) : await sheet.send(message);
    if (id === null) break;
    messageIds.push(id);
  }
  return { begun: true, messageIds, last, private: isPrivate };
}

function ending(
  { text, last, notices }: { text: string; last: Drawn['last']; notices: readonly Notice[] },
  words: ChatWords,
  textLimit: number,
): Outgoing[] {
  if (last?.type !== 'done') {
    const sentence = `_${last?.message ?? words.failed}_`;
    const whole = text.trim() === '' ? sentence : `${text}\n\n${sentence}`;
    return splitText(whole + noticesUnder(notices, words), textLimit).map((part) =>
      answerMessage(part, { citations: [], byMachine: text !== '', rated: false }, words),
    );
  }
  const byMachine = last.outcome === 'answered';
  const under = unnamedSources(text, last.citations, words) + noticesUnder(notices, words);
  const parts = splitText(text + under, textLimit);
  return parts.map((part, index) =>
    answerMessage(part, { citations: last.citations, byMachine, rated: index === parts.length - 1 }, words),
  );
}
