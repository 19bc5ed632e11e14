import { expect, test } from 'vitest';
import { createPace } from '../../bots/slack/pace.ts';

test('no more than twenty streams begin in a minute, and another method does not wait for them', () => {
  let now = 0;
  const pace = createPace(() => now);
  const begun = Array.from({ length: 30 }, () => pace.tryTurn('chat.startStream')).filter(Boolean);
  expect(begun).toHaveLength(20);
  expect(pace.tryTurn('chat.update')).toBe(true);
  now += 30_000;
  expect(Array.from({ length: 30 }, () => pace.tryTurn('chat.startStream')).filter(Boolean)).toHaveLength(10);
});

test('posts go one a second in a channel, and one channel does not wait for another', () => {
  let now = 0;
  const pace = createPace(() => now);
  const posts = (channel: string) =>
    Array.from({ length: 20 }, () => pace.tryTurn('chat.postMessage', channel)).filter(Boolean).length;
  expect(posts('C1')).toBe(5);
  expect(posts('C2')).toBe(5);
  now += 3_000;
  expect(posts('C1')).toBe(3);
});

test('what Slack said to wait is waited, by that method alone', async () => {
  const pace = createPace();
  pace.hold('users.info', undefined, 200);
  expect(pace.tryTurn('users.info')).toBe(false);
  expect(pace.tryTurn('users.list')).toBe(true);
  const started = performance.now();
  await Promise.all([pace.turn('users.info'), pace.turn('users.info')]);
  expect(performance.now() - started).toBeGreaterThanOrEqual(190);
});
