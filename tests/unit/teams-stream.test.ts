import { describe, expect, test } from 'vitest';
import type { Outgoing, TeamsApi } from '../../bots/teams/api.ts';
import type { Chat } from '../../bots/teams/chat.ts';
import { TeamsCallError } from '../../bots/teams/failure.ts';
import { createStream } from '../../bots/teams/stream.ts';

const CHAT: Chat = { kind: 'personal', serviceUrl: 'https://x/', conversationId: 'c', tenantId: 't', botId: '28:b' };
const message = (text: string): Outgoing => ({ type: 'message', text });
const refused = (reason: string, status = 403) =>
  new TeamsCallError({ status, code: 'ContentStreamNotAllowed', reason });

/** A stream on a clock of its own, and what it sent; `fail` is thrown by the next call. */
function aStream() {
  const at = { now: 0 };
  const sent: string[] = [];
  const fail: TeamsCallError[] = [];
  let stopped = false;
  const note = (how: string, activity: Outgoing): string => {
    const [info] = activity.entities ?? [];
    sent.push(
      `${how} ${info ? `${String(info['streamType'])} ${String(info['streamSequence'] ?? '-')}` : activity.type}: ${activity.text}`,
    );
    const failure = fail.shift();
    if (failure) throw failure;
    return 's1';
  };
  const api = {
    send: async (_: Chat, activity: Outgoing) => note('post', activity),
    sendIfRoom: async (_: Chat, activity: Outgoing) => note('piece', activity),
    update: async (_: Chat, id: string, activity: Outgoing) => void note(`put ${id}`, activity),
  } as unknown as TeamsApi;
  const stream = createStream(api, CHAT, { now: () => at.now, onStopped: () => (stopped = true) });
  return { stream, at, sent, fail, wasStopped: () => stopped };
}

describe('a message that grows', () => {
  test('is numbered from one, sends a piece only after a pause, and ends without a number', async () => {
    const { stream, at, sent } = aStream();
    await stream.inform('Searching');
    await stream.grow('One');
    at.now = 1_700;
    await stream.grow('One two');
    at.now = 2_000;
    await stream.grow('One two three');
    at.now = 3_400;
    await stream.grow('One two three four');
    expect(await stream.finish(message('One two three four five'))).toBe('s1');
    expect(sent).toEqual([
      'piece informative 1: Searching',
      'piece streaming 2: One two',
      'piece streaming 3: One two three four',
      'post final -: One two three four five',
    ]);
  });

  test('is no stream any more before Teams ends it: it is rewritten now and then, and at its end', async () => {
    const { stream, at, sent } = aStream();
    await stream.grow('a');
    at.now = 106_000;
    await stream.grow('a b');
    at.now = 108_000;
    await stream.grow('a b c');
    at.now = 112_000;
    await stream.grow('a b c d');
    expect(await stream.finish(message('a b c d e'))).toBe('s1');
    expect(sent).toEqual([
      'piece streaming 1: a',
      'post final -: a b',
      'put s1 message: a b c d',
      'put s1 message: a b c d e',
    ]);
  });

  test('that Teams ended is rewritten, even where only its end was refused', async () => {
    for (const reason of [
      'Content stream finished due to exceeded streaming time.',
      'Content stream is not allowed on an already completed streamed message',
    ]) {
      const { stream, sent, fail } = aStream();
      await stream.grow('a');
      fail.push(refused(reason));
      expect(await stream.finish(message('a b'))).toBe('s1');
      expect(sent.at(-1)).toBe('put s1 message: a b');
    }
  });

  test('that its reader stopped says nothing more', async () => {
    const { stream, at, sent, fail, wasStopped } = aStream();
    await stream.grow('a');
    at.now = 2_000;
    fail.push(refused('Content stream was canceled by user.'));
    await stream.grow('a b');
    expect(wasStopped()).toBe(true);
    at.now = 4_000;
    await stream.grow('a b c');
    expect(await stream.finish(message('a b c'))).toBeNull();
    expect(sent).toHaveLength(2);
  });

  test('leaves a piece out in a busy moment and keeps its number; a piece that may have arrived has spent it', async () => {
    const { stream, at, sent, fail } = aStream();
    await stream.grow('a');
    at.now = 2_000;
    fail.push(refused('quota', 429));
    await stream.grow('a b');
    at.now = 4_000;
    fail.push(new TeamsCallError({ status: 0, code: 'no_answer' }));
    await stream.grow('a b c');
    at.now = 6_000;
    await stream.grow('a b c d');
    expect(sent.map((line) => line.split(':')[0])).toEqual([
      'piece streaming 1',
      'piece streaming 2',
      'piece streaming 2',
      'piece streaming 3',
    ]);
  });

  test('where none may grow the answer is one message', async () => {
    const { stream, sent, fail } = aStream();
    fail.push(refused('Content stream is not allowed'));
    await stream.inform('Searching');
    await stream.grow('a');
    await stream.finish(message('a b'));
    expect(sent).toEqual(['piece informative 1: Searching', 'post message: a b']);
  });

  test('whose end may have arrived is written over, not said again', async () => {
    const { stream, sent, fail } = aStream();
    await stream.grow('a');
    fail.push(new TeamsCallError({ status: 0, code: 'no_answer' }));
    await stream.finish(message('a b'));
    expect(sent).toEqual(['piece streaming 1: a', 'post final -: a b', 'put s1 message: a b']);
  });

  test('that is given up ends, with what was shown and why', async () => {
    const { stream, sent } = aStream();
    await stream.giveUp(message('It failed.'));
    expect(sent).toEqual([]);
    await stream.grow('a');
    await stream.giveUp(message('It failed.'));
    expect(sent.at(-1)).toBe('post final -: a\n\nIt failed.');
  });
});
