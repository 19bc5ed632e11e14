import type { Server } from 'node:http';

/** How long an answer may go on when the program stops, and when what is still open is cut, ms. */
const FINISHED_WITHIN_MS = 1_500;
const CUT_AFTER_MS = 15_000;

/**
 * Lets nobody in any more, and waits for those who are in. `aboutToStop`: tells answers that take longer than a moment that
 * the program stops; they end with a sentence and are kept as far as they came.
 */
export function closeServer(server: Server, aboutToStop: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(aboutToStop, FINISHED_WITHIN_MS).unref();
    setTimeout(() => server.closeAllConnections(), CUT_AFTER_MS).unref();
  });
}
