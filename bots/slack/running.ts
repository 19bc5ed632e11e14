import type { Live } from '../../core/storage/live.ts';

/** The answers being written, so that a stop reaches them on whichever node it comes in. */
export type Running = Readonly<{
  /** Keeps an answer's controller under its thread; gives the function that forgets it. */
  add(threadKey: string, controller: AbortController): () => void;
  /** Stops what is being written in a thread, here and on the other nodes. */
  stop(threadKey: string): void;
  /** Stops all that is being written here. */
  stopAll(): void;
  close(): void;
}>;

/** `teamId`: the workspace, which other nodes may be in and other installations are not. */
export function createRunning(live: Live, teamId: string): Running {
  const channel = `slack:${teamId}:stop`;
  const running = new Map<string, Set<AbortController>>();
  const end = live.subscribe(channel, (threadKey) => {
    for (const controller of running.get(threadKey) ?? []) controller.abort();
  });
  return {
    add(threadKey, controller) {
      const set = running.get(threadKey) ?? new Set();
      set.add(controller);
      running.set(threadKey, set);
      return () => {
        set.delete(controller);
        if (set.size === 0) running.delete(threadKey);
      };
    },
    stop: (threadKey) => live.publish(channel, threadKey),
    stopAll() {
      for (const set of running.values()) for (const controller of set) controller.abort();
    },
    close: end,
  };
}
