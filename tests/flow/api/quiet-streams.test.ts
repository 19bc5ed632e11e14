import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { COMMENT_EVERY_MS, openEvents, type EventStream } from '../../../portal/api/events.ts';

/** A stream whose comments come fast: how it arrives, and the end that the server writes at. */
async function aStream(commentEveryMs: number): Promise<{ response: Response; out: EventStream }> {
  const streams: EventStream[] = [];
  const app = express().get(
    '/',
    (request, response) => void streams.push(openEvents(request, response, commentEveryMs)),
  );
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { response, out: streams[0]! };
}

test('a stream on which nothing is said is kept alive by comments, between events too: every 15 s unless told otherwise', async () => {
  expect(COMMENT_EVERY_MS).toBe(15_000);
  const { response, out } = await aStream(20);
  const comments = (text: string) => text.split(': still here\n\n').length - 1;
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (comments(text) === 2 && !text.includes('data:')) out.send({ type: 'text' });
    if (comments(text) >= 4) out.end();
  }
  expect(text).toMatch(/^(: still here\n\n){2,}data: {"type":"text"}\n\n(: still here\n\n)+$/);
});
