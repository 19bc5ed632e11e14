import { afterEach, describe, expect, test, vi } from 'vitest';
import { silentLog } from '../../core/log.ts';
import { createUnderway } from '../../core/underway.ts';

describe('a stop', () => {
  afterEach(() => vi.useRealTimers());

  test('lets nothing begin after it', async () => {
    const underway = createUnderway(silentLog);
    await underway.close();
    const work = vi.fn<() => Promise<string>>(async () => 'done');
    expect(await underway.run(work)).toBeNull();
    expect(work).not.toHaveBeenCalled();
  });

  test('waits for what is under way, whether it ends well or not', async () => {
    const underway = createUnderway(silentLog);
    const order: string[] = [];
    const [good, bad] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const first = underway.run(() => good.promise).then((said) => order.push(String(said)));
    const second = underway.run(() => bad.promise).catch((error: Error) => order.push(error.message));
    const closed = underway.close().then(() => order.push('closed'));
    bad.reject(new Error('failed'));
    await second;
    good.resolve('done');
    await Promise.all([first, closed]);
    expect(order).toEqual(['failed', 'done', 'closed']);
  });

  test('waits for nothing that never ends, and says so', async () => {
    vi.useFakeTimers();
    const said: unknown[] = [];
    const underway = createUnderway({ ...silentLog, warn: (fields, event) => void said.push([event, fields.count]) });
    void underway.run(() => new Promise(() => {}));
    const closed = underway.close();
    await vi.advanceTimersByTimeAsync(60_000);
    await closed;
    expect(said).toEqual([['still_under_way', 1]]);
  });
});
