import type { Request, Response } from 'express';

/** What is still taken of a body whose answer is known already: more than the largest upload that a proxy lets through. */
const TAKEN_BYTES = 128_000_000;
const TAKEN_FOR_MS = 60_000;
/** Senders that are waited for at once; anybody can be one of them, signed in or not. */
const MOST_AT_ONCE = 50;

/** Whether the sender is still at it. */
export const isBeingSent = (request: Request): boolean => !request.complete && !request.destroyed;

/**
 * Answers a request that is still being sent. The answer leaves at once, and what comes after it is taken and dropped:
 * closing on a sender is a reset to it, and a proxy in between makes 502 of that. Past a bound it is cut off, and so is who
 * comes while too many others are waited for.
 */
export function answerBeforeEnd(request: Request, response: Response, body: string): void {
  response.set({ Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) });
  if (waitedFor >= MOST_AT_ONCE) {
    response.end(body, () => request.destroy());
    return;
  }
  waitedFor += 1;
  response.once('close', () => (waitedFor -= 1));
  response.write(body);
  let left = TAKEN_BYTES;
  const end = () => {
    clearTimeout(late);
    request.off('data', take);
    response.end();
  };
  const cut = () => {
    end();
    request.destroy();
  };
  const take = (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cut();
  };
  const late = setTimeout(cut, TAKEN_FOR_MS);
  request.once('end', end).once('close', end).on('data', take).resume();
}
let waitedFor = 0;
