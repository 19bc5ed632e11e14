import { expect, test } from 'vitest';
import { createPace } from '../../bots/teams/pace.ts';

test.for([
  [7, 1_000],
  [8, 2_000],
  [60, 30_000],
])('not more than %d are written into a conversation within %d ms, however they come', ([most, withinMs]) => {
  const at = { now: 0 };
  const pace = createPace(() => at.now);
  const sent: number[] = [];
  for (; at.now < 90_000; at.now += 50) {
    const done = pace.tryTurn('a');
    if (!done) continue;
    done();
    sent.push(at.now);
    expect(sent.filter((one) => at.now - one < withinMs!).length).toBeLessThanOrEqual(most!);
  }
  expect(sent.length).toBeGreaterThan(120);
});

test('a call that is not answered yet counts, and other conversations have their own turns', () => {
  const at = { now: 0 };
  const pace = createPace(() => at.now);
  const open = Array.from({ length: 7 }, () => pace.tryTurn('a'));
  at.now = 10_000;
  expect(pace.tryTurn('a')).toBeNull();
  expect(pace.tryTurn('b')).not.toBeNull();
  for (const done of open) done?.();
  at.now = 12_001;
  expect(pace.tryTurn('a')).not.toBeNull();
});

test('after "slow down" nothing is written until the time is over', () => {
  const at = { now: 0 };
  const pace = createPace(() => at.now);
  pace.hold('a', 5_000);
  at.now = 4_999;
  expect(pace.tryTurn('a')).toBeNull();
  at.now = 5_000;
  expect(pace.tryTurn('a')).not.toBeNull();
});
