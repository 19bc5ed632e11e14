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
  for (const key of keys) await keepEvent(ctx, { surface: 'teams', key, payload: { text: key }, leaseMs: 0 });
  const handled: string[] = [];
  const sweepers = Array.from({ length: 3 }, () =>
    sweepInbox<Payload>(ctx, 'teams', async ({ text }) => void handled.push(text), { everyMs: 20 }),
  );
  await expect.poll(() => handled.length, SOON).toBe(12);
  await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
  expect(handled.toSorted()).toEqual(keys.toSorted());
});

test('who works longer than a lease keeps the event, and one that was taken over may not speak any more', async ({
  database,
}) => {
  const ctx = ctxOf(database);
  const attempts: number[] = [];
  const sweepOnce = () =>
    sweepInbox<Payload>(ctx, 'slack', async (_, attempt) => void attempts.push(attempt.number)).stop();
  const slow = aKey();
  const isHeld = async () =>
    (await database.pool.query('SELECT 1 FROM inbox WHERE event_key = $1 AND lease_until > now()', [slow])).rows.length;
  await keepEvent(ctx, { surface: 'slack', key: slow, payload: { text: '' } });
  await handleEvent(ctx, { key: slow, payload: {}, leaseMs: 6_000 }, async () => {
    // The lease runs out twice while it works.
    for (const _ of [1, 2]) {
      await database.pool.query('UPDATE inbox SET lease_until = now() WHERE event_key = $1', [slow]);
      await expect.poll(isHeld, SOON).toBe(1);
    }
    await sweepOnce();
  });
  expect(attempts).toEqual([]);

  const hung = aKey();
  await keepEvent(ctx, { surface: 'slack', key: hung, payload: { text: '' }, leaseMs: 0 });
  await sweepOnce();
  expect(attempts).toEqual([2]);
  let first: Attempt | undefined;
  await handleEvent(ctx, { key: hung, payload: {} }, async (_, attempt) => void (first = attempt));
  expect(await first!.settle()).toBe(false);
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
  for (const _ of [1, 2, 3]) await sweepInbox<Payload>(ctx, 'slack', handler).stop();
  expect(seen).toEqual(['before1', 'after1', 'before2', 'before3']);
  expect(await stateOf(database, before)).toEqual({ handled: true, payload: null, attempts: 3 });
});
