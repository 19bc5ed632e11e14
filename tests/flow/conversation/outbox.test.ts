import { expect } from 'vitest';
import { forgetNotices, tellNotices } from '../../../core/conversation/outbox.ts';
import type { Context } from '../../../core/context.ts';
import { newId } from '../../../core/ids.ts';
import { silentLog } from '../../../core/log.ts';
import { aPerson } from '../../factories/company.ts';
import { test } from '../api/api.ts';

const SOON = { timeout: 100_000 };
const HOUR_MS = 3_600_000;
const NEVER = { everyMs: 24 * HOUR_MS };

/** So many notices in a workspace of their own, the oldest first. */
async function aBacklog(ctx: Context, count: number) {
  const { id: personId } = await aPerson(ctx);
  const where = { surface: 'slack', tenantId: `T${newId()}` } as const;
  const ids = Array.from({ length: count }, () => newId());
  await ctx.db.chatNotice.createMany({
    data: ids.map((id, index) => ({
      ...{ id, personId, ...where, externalId: 'U1', topic: 'access_asked', subjectId: newId() },
      createdAt: new Date(Date.now() - (count - index) * 1_000),
    })),
  });
  const left = () => ctx.db.chatNotice.count({ where: { ...where, settledAt: null } });
  return { where, ids, left };
}

/** A `tell` that hangs in what it tells until it is let go. */
function hanging() {
  const told: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  return {
    told,
    release,
    tell: async ({ id }: { id: string }) => {
      told.push(id);
      await gate;
    },
  };
}

test('what cannot be told is given up after six failures, settled and written down', async ({ ctx: real }) => {
  const { where, left } = await aBacklog(real, 1);
  let now = Date.now();
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
  const ctx = { ...real, log, clock: { now: () => new Date(now) } };
  const failing = async () => {
    throw new Error('Slack is away');
  };
  for (let count = 0; count < 8; count += 1) {
    const telling = tellNotices(ctx, where, failing, NEVER);
    await telling.idle();
    await telling.stop();
    now += HOUR_MS;
  }
  expect(said).toEqual([...Array.from({ length: 5 }, () => 'notice not told'), 'notice given up']);
  expect(await left()).toBe(0);
});

test('stopping ends with what is being told, not with the backlog', async ({ ctx }) => {
  const { where, ids, left } = await aBacklog(ctx, 3);
  const { told, tell, release } = hanging();
  const telling = tellNotices({ ...ctx, log: silentLog }, where, tell, NEVER);
  await expect.poll(() => told.length, SOON).toBe(1);
  const stopped = telling.stop();
  release();
  await stopped;
  expect(told).toEqual(ids.slice(0, 1));
  expect(await left()).toBe(2);
});

test('what waits behind a slow one is told by another process, and each once', async ({ ctx }) => {
  const { where, ids, left } = await aBacklog(ctx, 4);
  const { told, tell, release } = hanging();
  const slow = tellNotices({ ...ctx, log: silentLog }, where, tell, NEVER);
  await expect.poll(() => told.length, SOON).toBe(1);
  const quick: string[] = [];
  const other = tellNotices({ ...ctx, log: silentLog }, where, async ({ id }) => void quick.push(id), NEVER);
  await expect.poll(left, SOON).toBe(1);
  release();
  await Promise.all([slow.stop(), other.stop()]);
  expect([...told, ...quick]).toEqual(ids);
  expect(await left()).toBe(0);
});

test('is forgotten a week after it was told, and after a month that no bot told it', async ({ ctx }) => {
  const { where, ids } = await aBacklog(ctx, 3);
  await ctx.db.chatNotice.update({ where: { id: ids[0]! }, data: { settledAt: new Date() } });
  const kept = async (days: number) => {
    await forgetNotices({ ...ctx, log: silentLog, clock: { now: () => new Date(Date.now() + days * 24 * HOUR_MS) } });
    const found = await ctx.db.chatNotice.findMany({ where, orderBy: { createdAt: 'asc' }, select: { id: true } });
    return found.map(({ id }) => id);
  };
  expect(await kept(6)).toEqual(ids);
  expect(await kept(8)).toEqual(ids.slice(1));
  expect(await kept(31)).toEqual([]);
});
