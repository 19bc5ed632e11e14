import { describe, expect, test, vi } from 'vitest';
import { newId } from '../../core/ids.ts';
import { silentLog } from '../../core/log.ts';
import { inMemoryLive, redisLive, type Live } from '../../core/storage/live.ts';

type Nodes = { here: Live; there: Live };

const { REDIS_URL } = process.env;

/** Two nodes of one installation: with Redis each has connections of its own, without it there is one process only. */
const TWINS: readonly { name: string; nodes(): Nodes; state: string }[] = [
  {
    name: 'in memory',
    state: 'in_memory',
    nodes() {
      const live = inMemoryLive();
      return { here: live, there: live };
    },
  },
  ...(REDIS_URL === undefined
    ? []
    : [
        {
          name: 'over Redis',
          state: 'connected',
          nodes: () => ({ here: redisLive(REDIS_URL, silentLog), there: redisLive(REDIS_URL, silentLog) }),
        },
      ]),
];

/** Publishes until it is heard: a subscription takes a moment to reach Redis. */
const until = (publish: () => void, heard: () => boolean): Promise<void> =>
  vi.waitFor(
    () => {
      publish();
      expect(heard()).toBe(true);
    },
    { timeout: 10_000, interval: 20 },
  );

describe.each(TWINS)('what nodes tell each other $name', ({ nodes, state }) => {
  test('is not heard on another channel, nor by who has stopped listening', async () => {
    const { here, there } = nodes();
    const [channel, other] = [newId(), newId()];
    const heard: string[] = [];
    const missed: string[] = [];
    there.subscribe(channel, (message) => heard.push(message));
    there.subscribe(other, (message) => missed.push(message));
    const stop = there.subscribe(channel, (message) => missed.push(message));
    stop();
    await until(
      () => here.publish(channel, 'to the channel'),
      () => heard.length > 0,
    );
    expect(new Set(heard)).toEqual(new Set(['to the channel']));
    expect(missed).toEqual([]);
    await Promise.all([here.close(), there.close()]);
  });

  test('is heard on every node by everyone who listens, in its order', async () => {
    const { here, there } = nodes();
    const channel = newId();
    const [first, second, own]: string[][] = [[], [], []];
    there.subscribe(channel, (message) => first!.push(message));
    there.subscribe(channel, (message) => second!.push(message));
    here.subscribe(channel, (message) => own!.push(message));
    await until(
      () => here.publish(channel, 'are you there?'),
      () => [first, second, own].every((each) => each!.length > 0),
    );
    for (const word of ['one', 'two', 'three']) here.publish(channel, word);
    for (const each of [first, second, own])
      await vi.waitFor(() => expect(each!.slice(-3)).toEqual(['one', 'two', 'three']), { timeout: 10_000 });
    expect(here.state()).toBe(state);
    await Promise.all([here.close(), there.close()]);
  });
});

test('without a Redis that answers nothing is heard, nothing breaks, and it says so', async () => {
  const live = redisLive('redis://127.0.0.1:1', silentLog);
  const heard: string[] = [];
  const stop = live.subscribe(newId(), (message) => heard.push(message));
  live.publish('anywhere', 'lost');
  await vi.waitFor(() => expect(live.state()).toBe('unreachable'));
  stop();
  expect(heard).toEqual([]);
  await live.close();
});
