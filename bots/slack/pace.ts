import { setTimeout as sleep } from 'node:timers/promises';

/** Slack's limits a minute, for this app in this workspace. */
const PER_MINUTE: Readonly<Record<string, number>> = {
  'chat.startStream': 20,
  'chat.stopStream': 20,
  'users.list': 20,
  'chat.update': 50,
  'conversations.info': 50,
  'conversations.replies': 50,
  'conversations.open': 50,
  'chat.appendStream': 100,
  'chat.postEphemeral': 100,
  'assistant.threads.setStatus': 100,
  'conversations.members': 100,
  'users.info': 100,
};
/** Where Slack names none: what its middle tier allows. */
const OTHERWISE = 50;
/** Posting is limited by channel, at about one a second; a short burst is allowed. */
const POSTS_PER_MINUTE_AND_CHANNEL = 60;
const POST_BURST = 5;

export type Pace = Readonly<{
  /** Waits for this call's turn. */
  turn(method: string, channel?: string): Promise<void>;
  /** Takes a turn if there is one now. */
  tryTurn(method: string, channel?: string): boolean;
  /** Slack said to wait. */
  hold(method: string, channel: string | undefined, ms: number): void;
}>;

type Bucket = { tokens: number; at: number; heldUntil: number; queue: Promise<void> };

/**
 * Keeps calls below Slack's limits, by method and for posts by channel. Waiting calls go in the order they came, and
 * none waits for another method's.
 */
export function createPace(now: () => number = Date.now): Pace {
  const buckets = new Map<string, Bucket>();

  const rateOf = (method: string) =>
    method === 'chat.postMessage'
      ? { perMs: POSTS_PER_MINUTE_AND_CHANNEL / 60_000, burst: POST_BURST }
      : { perMs: (PER_MINUTE[method] ?? OTHERWISE) / 60_000, burst: PER_MINUTE[method] ?? OTHERWISE };
  const keyOf = (method: string, channel?: string) => (method === 'chat.postMessage' ? `${method} ${channel}` : method);

  const bucketOf = (method: string, channel?: string): Bucket => {
    const key = keyOf(method, channel);
    const { perMs, burst } = rateOf(method);
    const bucket = buckets.get(key) ?? { tokens: burst, at: now(), heldUntil: 0, queue: Promise.resolve() };
    bucket.tokens = Math.min(burst, bucket.tokens + (now() - bucket.at) * perMs);
    bucket.at = now();
    buckets.set(key, bucket);
    if (buckets.size > 5_000) forgetFull(buckets, now());
    return bucket;
  };

  const waitMs = (bucket: Bucket, method: string): number =>
    Math.max(bucket.heldUntil - now(), bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / rateOf(method).perMs, 0);

  const tryTurn = (method: string, channel?: string): boolean => {
    const bucket = bucketOf(method, channel);
    if (waitMs(bucket, method) > 0) return false;
    bucket.tokens -= 1;
    return true;
  };

  return {
    tryTurn,
    turn(method, channel) {
      const bucket = bucketOf(method, channel);
      bucket.queue = bucket.queue.then(async () => {
        while (!tryTurn(method, channel)) await sleep(Math.max(10, waitMs(bucketOf(method, channel), method)));
      });
      return bucket.queue;
    },
    hold(method, channel, ms) {
      const bucket = bucketOf(method, channel);
      bucket.heldUntil = Math.max(bucket.heldUntil, now() + ms);
    },
  };
}

/** A bucket that has filled up again is as good as none. */
function forgetFull(buckets: Map<string, Bucket>, at: number): void {
  for (const [key, bucket] of buckets) if (at - bucket.at > 120_000 && bucket.heldUntil < at) buckets.delete(key);
}
