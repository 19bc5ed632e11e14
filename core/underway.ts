import type { Log } from './log.ts';

/** Work that nobody waits for, or that may outlast whoever did: a stop does wait for it. */
export type Underway = Readonly<{
  /** Begins it and gives what it gives. Once the program has stopped it is not begun, and gives null. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
  /** Lets nothing begin any more, and waits for what runs. */
  close(): Promise<void>;
}>;

/** How long a stop waits, ms: an identity provider has answered by then, or won't. */
const WAIT_MS = 20_000;

/** Keeps what is under way in this process. */
export function createUnderway(log: Log): Underway {
  const running = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async run(work) {
      if (closed) return null;
      const done = work();
      running.add(done);
      try {
        return await done;
      } finally {
        running.delete(done);
      }
    },
    async close() {
      closed = true;
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAIT_MS)));
      await Promise.race([Promise.allSettled(running), tooLong]);
      clearTimeout(timer);
      if (running.size > 0) log.warn({ part: 'stop', count: running.size }, 'still_under_way');
    },
  };
}
