import { expect, test } from 'vitest';
import { eventsOf } from '../../../portal/web/src/api/events.ts';

const streamed = (...pieces: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const all = async (body: ReadableStream<Uint8Array>) => Array.fromAsync(eventsOf(body));

test('an event that was cut off by the end of the response is not given', async () => {
  expect(await all(streamed(bytes('data: {"n":1}\n\ndata: {"n":')))).toEqual([{ n: 1 }]);
});

test('comments that keep the connection alive are no events', async () => {
  expect(await all(streamed(bytes(': still here\n\ndata: {"n":1}\n\n: still here\n\n')))).toEqual([{ n: 1 }]);
});

test('a line that is no JSON ends the reading with an error, not with a made-up event', async () => {
  await expect(all(streamed(bytes('data: oops\n\n')))).rejects.toThrow(SyntaxError);
});

test('pieces may break anywhere, inside a character too', async () => {
  const whole = bytes('data: {"text":"Prüfung 検査 🙂"}\r\n\r\ndata: {"text":"b"}\n\n');
  for (let at = 1; at < whole.length; at += 1)
    expect(await all(streamed(whole.slice(0, at), whole.slice(at)))).toEqual([
      { text: 'Prüfung 検査 🙂' },
      { text: 'b' },
    ]);
});
