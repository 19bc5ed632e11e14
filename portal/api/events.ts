import type { Request, Response } from 'express';

export const COMMENT_EVERY_MS = 15_000;

export type EventStream = Readonly<{
  send(event: unknown): void;
  /** Aborted when the other side has gone. */
  signal: AbortSignal;
  end(): void;
}>;

/**
 * Opens server-sent events on a response: `data: {json}` each, a comment every 15 s so that no proxy takes it for dead.
 * Nothing on the way may hold it back or change it. `commentEveryMs`: for tests.
 */
export function openEvents(
  request: Request,
  response: Response,
  commentEveryMs: number = COMMENT_EVERY_MS,
): EventStream {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
    Connection: 'keep-alive',
  });
  request.socket.setNoDelay(true);
  request.socket.setTimeout(0);
  // What is sent in this turn leaves with the headers.
  request.socket.cork();
  process.nextTick(() => request.socket.uncork());
  response.flushHeaders();
  const timer = setInterval(() => response.write(': still here\n\n'), commentEveryMs);
  gone.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return {
    signal: gone.signal,
    send(event) {
      if (!gone.signal.aborted) response.write(`data: ${JSON.stringify(event)}\n\n`);
    },
    end() {
      clearInterval(timer);
      response.end();
    },
  };
}
