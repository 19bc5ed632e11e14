import { expect } from 'vitest';
import { handleEvent, keepEvent, sweepInbox, type Attempt } from '../../../core/conversation/inbox.ts';
import { newId } from '../../../core/ids.ts';
import { silentLog } from '../../../core/log.ts';
import { test, type FreshDatabase } from '../../setup/database.ts';

type Payload = { text: string };
const ctxOf = (database: FreshDatabase) => ({ pool: database.pool, log: silentLog });
const aKey = () => `slack:${newId()}`;
const stateOf = async (database: FreshDatabase, key: string) =>
  (
    await database.pool.query<{ handled: boolean; payload: Payload | null; attempts: number }>(
      'SELECT handled_at IS NOT NULL AS handled, payload, attempts FROM inbox WHERE event_key = $1',
      [key],
    )
  ).rows[0];
const SOON = { timeout: 15_000 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('an event that was delivered before is not new, and what was handled keeps no text', async ({ database }) => {
  const ctx = ctxOf(database);
  const key = aKey();
  const kept = () => keepEvent(ctx, { surface: 'slack', key, payload: { text: 'secret' } });
  expect(await kept()).toBe(true);
  expect(await kept()).toBe(false);
  await handleEvent(ctx, { key, payload: { text: 'secret' } }, async () => {});
  expect(await kept()).toBe(false);
  expect(await stateOf(database, key)).toEqual({ handled: true, payload: null, attempts: 1 });
});

test('several sweepers share what a dead process left: each event is handled once', async ({ database }) => {
  const ctx = ctxOf(database);
  const keys = Array.from({ length: 12 }, aKey);
  for (const key of keys) await keepEvent(ctx, { surface: 'teams', key, payload: { text: key }, leaseMs: 1 });
  await pause(20);
  const handled: string[] = [];
  const sweepers = Array.from({ length: 3 }, () =>
    sweepInbox<Payload>(ctx, 'teams', async ({ text }) => void handled.push(text), { everyMs: 20 }),
  );
  await expect.poll(() => handled.length, SOON).toBe(12);
  await pause(100);
  await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
  expect(handled.toSorted()).toEqual(keys.toSorted());
});

test('who works longer than a lease keeps the event, and one that was taken over may not speak any more', async ({
  database,
}) => {
  const ctx = ctxOf(database);
  const slow = aKey();
  await keepEvent(ctx, { surface: 'slack', key: slow, payload: { text: '' }, leaseMs: 1_500 });
  const attempts: number[] = [];
  const sweeper = sweepInbox<Payload>(ctx, 'slack', async (_, attempt) => void attempts.push(attempt.number), {
    everyMs: 20,
    leaseMs: 1_500,
  });
  await handleEvent(ctx, { key: slow, payload: {}, leaseMs: 1_500 }, async () => void (await pause(3_200)));
  expect(attempts).toEqual([]);

  const hung = aKey();
  await keepEvent(ctx, { surface: 'slack', key: hung, payload: { text: '' }, leaseMs: 1 });
  let first: Attempt | undefined;
  await expect.poll(() => attempts, SOON).toEqual([2]);
  await handleEvent(ctx, { key: hung, payload: {} }, async (_, attempt) => void (first = attempt));
  expect(await first!.settle()).toBe(false);
  await sweeper.stop();
});

test('a handler that fails before it spoke is tried again; one that fails after is not', async ({ database }) => {
  const ctx = ctxOf(database);
  const [before, after] = [aKey(), aKey()];
  const seen: string[] = [];
  const handler = async ({ text }: Payload, attempt: Attempt) => {
    seen.push(`${text}${attempt.number}`);
    if (text === 'after') await attempt.settle();
    if (attempt.number < 3) throw new Error('no');
  };
  for (const [key, text] of [
    [before, 'before'],
    [after, 'after'],
  ] as const) {
    await keepEvent(ctx, { surface: 'slack', key, payload: { text } });
    await handleEvent(ctx, { key, payload: { text } }, handler);
  }
  const sweeper = sweepInbox<Payload>(ctx, 'slack', handler, { everyMs: 20 });
  await expect.poll(() => seen, SOON).toEqual(['before1', 'after1', 'before2', 'before3']);
  await pause(80);
  await sweeper.stop();
  expect(seen).toHaveLength(4);
  expect(await stateOf(database, before)).toEqual({ handled: true, payload: null, attempts: 3 });
});
