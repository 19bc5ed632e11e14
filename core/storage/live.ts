import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';

/** What several nodes must hear of quickly and may lose: progress, stop signals, invalidated caches. Never the truth itself. */
export type Live = Readonly<{
  publish(channel: string, message: string): void;
  /** Calls back for each message; gives the function that ends it. */
  subscribe(channel: string, listener: (message: string) => void): () => void;
  state(): 'in_memory' | 'connected' | 'unreachable';
  close(): Promise<void>;
}>;

/** Redis where the settings name one, else its twin in this process. */
export const createLive = ({ REDIS_URL }: Pick<Config, 'REDIS_URL'>, log: Log): Live =>
  REDIS_URL === undefined ? inMemoryLive() : redisLive(REDIS_URL, log);

/** For one process: the twin of Redis, with the same behaviour towards who uses it. */
export function inMemoryLive(): Live {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    publish: (channel, message) => queueMicrotask(() => emitter.emit(channel, message)),
    subscribe(channel, listener) {
      emitter.on(channel, listener);
      return () => emitter.off(channel, listener);
    },
    state: () => 'in_memory',
    close: async () => void emitter.removeAllListeners(),
  };
}

const PREFIX = 'gatehouse:';

/** Over Redis. While it cannot be reached messages are lost, and everything goes on without them. */
export function redisLive(url: string, log: Log): Live {
  const options = {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (times: number) => Math.min(times * 200, 5_000),
  };
  const sender = new Redis(url, options);
  const receiver = new Redis(url, { ...options, enableOfflineQueue: true, maxRetriesPerRequest: null });
  const emitter = new EventEmitter().setMaxListeners(0);
  let complained = false;
  for (const client of [sender, receiver]) {
    client.on('error', (error: Error) => {
      if (!complained) log.warn({ error }, 'redis_unreachable');
      complained = true;
    });
    client.on('ready', () => (complained = false));
  }
  receiver.on('message', (channel: string, message: string) => emitter.emit(channel.slice(PREFIX.length), message));
  return {
    publish: (channel, message) => void sender.publish(PREFIX + channel, message).catch(() => undefined),
    subscribe(channel, listener) {
      emitter.on(channel, listener);
      if (emitter.listenerCount(channel) === 1) void receiver.subscribe(PREFIX + channel).catch(() => undefined);
      return () => {
        emitter.off(channel, listener);
        if (emitter.listenerCount(channel) === 0) void receiver.unsubscribe(PREFIX + channel).catch(() => undefined);
      };
    },
    state: () => (sender.status === 'ready' && receiver.status === 'ready' ? 'connected' : 'unreachable'),
    async close() {
      emitter.removeAllListeners();
      sender.disconnect();
      receiver.disconnect();
    },
  };
}
