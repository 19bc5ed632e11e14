import { expect, test } from 'vitest';
import { paceOf } from '../../../portal/api/scim/pace.ts';

const outcome = (work: () => void): unknown => {
  try {
    work();
    return 'taken';
  } catch (error) {
    return (error as { details: { retryAfterSeconds: number } }).details.retryAfterSeconds;
  }
};

test('who has used up a window waits until its end, the others don’t', () => {
  const pace = paceOf(2, 60_000);
  expect([outcome(() => pace('a', 0)), outcome(() => pace('a', 1_000)), outcome(() => pace('a', 2_000))]).toEqual([
    'taken',
    'taken',
    58,
  ]);
  expect(outcome(() => pace('b', 2_000))).toBe('taken');
  expect(outcome(() => pace('a', 60_000))).toBe('taken');
});

test('many strangers fill no memory: when ten thousand are counted new ones wait, until their windows end', () => {
  const pace = paceOf(5, 60_000);
  for (let n = 0; n < 10_000; n += 1) pace(`stranger ${n}`, 0);
  expect(outcome(() => pace('one more', 1))).toBe(60);
  expect(outcome(() => pace('stranger 7', 1))).toBe('taken');
  expect(outcome(() => pace('one more', 60_001))).toBe('taken');
});
