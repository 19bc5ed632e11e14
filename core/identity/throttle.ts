import { isIPv6 } from 'node:net';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { countAttempt, type ThrottleKey } from './throttle.sql.ts';

const WINDOW_MS = 15 * 60_000;

/**
 * Counts one attempt under a key. @throws AppError 'too_many_requests' when there were more than `most` in a quarter of an hour;
 * `details.again`: that this was said in the same window before, so that nobody need write it down once more;
 * `details.retryAfterSeconds`: until the window ends.
 */
export async function throttle(ctx: Pick<Context, 'pool' | 'clock'>, key: ThrottleKey, most: number): Promise<void> {
  const at = ctx.clock.now();
  const { points, expiresAt } = await countAttempt(ctx.pool, key, at, new Date(at.getTime() + WINDOW_MS));
  if (points <= most) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((expiresAt.getTime() - at.getTime()) / 1_000));
  const minutes = Math.ceil(retryAfterSeconds / 60);
  throw new AppError(
    'too_many_requests',
    `Too many attempts. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`,
    { details: { again: points > most + 1, retryAfterSeconds } },
  );
}

/** The address, of an IPv6 one its network of 64 bits: everybody has more addresses there than there are tries. */
export function networkOf(address: string): string {
  const plain = (address.split('%')[0] ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('::');
  const head = before.split(':').filter(Boolean);
  const tail = after === undefined ? [] : after.split(':').filter(Boolean);
  const zeros =
    after === undefined ? [] : Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
