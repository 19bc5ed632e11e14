import { AppError } from '../../../core/errors.ts';

const MOST_KEYS = 10_000;

/**
 * Counts requests under a key in windows of `windowMs`, in this process.
 * @throws AppError 'too_many_requests' past `most` of them, with the time until the window ends.
 */
export function paceOf(most: number, windowMs: number): (key: string, now: number) => void {
  let windows = new Map<string, { count: number; ends: number }>();
  return (key, now) => {
    if (windows.size >= MOST_KEYS) windows = new Map([...windows].filter(([, { ends }]) => ends > now));
    const before = windows.get(key);
    const window = before !== undefined && before.ends > now ? before : { count: 0, ends: now + windowMs };
    window.count += 1;
    // Full of strangers of this very minute: whoever is not counted already waits.
    if (before === undefined && windows.size >= MOST_KEYS) throw tooMany(windowMs);
    windows.set(key, window);
    if (window.count > most) throw tooMany(window.ends - now);
  };
}

const tooMany = (waitMs: number): AppError =>
  new AppError('too_many_requests', 'Too many requests: wait a little', {
    details: { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) },
  });
