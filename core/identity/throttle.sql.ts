import { row, run, sql, type Queryable } from '../storage/sql.ts';

/** Counts one attempt under a key within a window that begins with its first. Gives the count, this one included. */
export async function countAttempt(db: Queryable, key: string, at: Date, windowEnds: Date): Promise<number> {
  const counted = await row<{ points: number }>(
    db,
    sql`INSERT INTO throttle AS t (key, points, expires_at) VALUES (${key}, 1, ${windowEnds})
        ON CONFLICT (key) DO UPDATE SET
          points = CASE WHEN t.expires_at <= ${at} THEN 1 ELSE t.points + 1 END,
          expires_at = CASE WHEN t.expires_at <= ${at} THEN EXCLUDED.expires_at ELSE t.expires_at END
        RETURNING points`,
  );
  return counted?.points ?? 1;
}

/** Forgets the attempts under a key, after a success. */
export const forgetAttempts = (db: Queryable, key: string): Promise<number> => run(db, sql`DELETE FROM throttle WHERE key = ${key}`);
