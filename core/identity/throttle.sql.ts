import { row, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

/** What attempts are counted under: words of ours and an id, or an account as the database itself compares addresses. */
export type ThrottleKey = Statement;

export const keyOf = (words: string): ThrottleKey => sql`${words}::text`;

/**
 * The key of whatever account answers to this address. Folded by the same function that finds the account: another one
 * knows spellings that it doesn't, and each would be a way around the count. Hashed, so that no address is kept. With a
 * network, only what comes from there.
 */
export const accountKey = (email: string, network?: string): ThrottleKey =>
  sql`'sign-in:account:' || encode(sha256(convert_to(lower(${email}::text), 'UTF8')), 'base64')
      || ${network === undefined ? '' : `:${network}`}::text`;

const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Counts one attempt under a key within a window that begins with its first. Gives the count, this one included, and when
 * the window ends. Windows that have ended are forgotten on the way.
 */
export async function countAttempt(
  db: Queryable,
  key: ThrottleKey,
  at: Date,
  windowEnds: Date,
): Promise<{ points: number; expiresAt: Date }> {
  const counted = await row<{ points: number; expiresAt: Date }>(
    db,
    sql`WITH counted AS (SELECT ${key} AS key),
        forgotten AS (
          DELETE FROM throttle WHERE key IN (
            SELECT o.key FROM throttle o WHERE o.expires_at <= ${at} AND o.key <> (SELECT key FROM counted)
            LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED))
        INSERT INTO throttle AS t (key, points, expires_at) SELECT key, 1, ${windowEnds}::timestamptz FROM counted
        ON CONFLICT (key) DO UPDATE SET
          points = CASE WHEN t.expires_at <= ${at} THEN 1 ELSE t.points + 1 END,
          expires_at = CASE WHEN t.expires_at <= ${at} THEN EXCLUDED.expires_at ELSE t.expires_at END
        RETURNING points, expires_at AS "expiresAt"`,
  );
  return counted ?? { points: 1, expiresAt: windowEnds };
}

/** Forgets the attempts under a key, after a success. */
export const forgetAttempts = (db: Queryable, key: ThrottleKey): Promise<number> =>
  run(db, sql`DELETE FROM throttle WHERE key = ${key}`);

/** Takes back one attempt, which was no guess. */
export const uncountAttempt = (db: Queryable, key: ThrottleKey): Promise<number> =>
  run(db, sql`UPDATE throttle SET points = points - 1 WHERE key = ${key} AND points > 0`);
