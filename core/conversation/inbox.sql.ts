import { rows, run, sql, type Queryable } from '../storage/sql.ts';

export type InboxRow = { eventKey: string; payload: unknown; attempts: number };

/** Writes an event down under a first lease. False: it was there already, handled or not. */
export const insertEvent = async (
  db: Queryable,
  event: { key: string; surface: string; payload: unknown; leaseMs: number },
): Promise<boolean> =>
  (await run(
    db,
    sql`INSERT INTO inbox (event_key, surface, payload, lease_until, attempts)
        VALUES (${event.key}, ${event.surface}, ${JSON.stringify(event.payload)}::jsonb,
                now() + make_interval(secs => ${event.leaseMs}::float8 / 1000), 1)
        ON CONFLICT (event_key) DO NOTHING`,
  )) === 1;

/** Prolongs the lease of this attempt. False: another process took over, or it is done. */
export const renewLease = async (db: Queryable, key: string, attempt: number, leaseMs: number): Promise<boolean> =>
  (await run(
    db,
    sql`UPDATE inbox SET lease_until = now() + make_interval(secs => ${leaseMs}::float8 / 1000)
        WHERE event_key = ${key} AND attempts = ${attempt} AND handled_at IS NULL`,
  )) === 1;

/** Marks the event as handled and wipes its text. False: this attempt no longer owns it. */
export const settleEvent = async (db: Queryable, key: string, attempt: number): Promise<boolean> =>
  (await run(
    db,
    sql`UPDATE inbox SET handled_at = now(), payload = NULL, lease_until = NULL
        WHERE event_key = ${key} AND attempts = ${attempt} AND handled_at IS NULL`,
  )) === 1;

/** Gives the lease up, so that the next sweep may try again. */
export const dropLease = (db: Queryable, key: string, attempt: number): Promise<number> =>
  run(
    db,
    sql`UPDATE inbox SET lease_until = now()
        WHERE event_key = ${key} AND attempts = ${attempt} AND handled_at IS NULL`,
  );

/** Takes over what nobody works on any more, oldest first, at most `limit`; each counts as a new attempt. */
export const takeOver = (db: Queryable, surface: string, leaseMs: number, limit: number): Promise<InboxRow[]> =>
  rows<InboxRow>(
    db,
    sql`UPDATE inbox SET attempts = attempts + 1, lease_until = now() + make_interval(secs => ${leaseMs}::float8 / 1000)
        WHERE event_key IN (
          SELECT event_key FROM inbox
          WHERE surface = ${surface} AND handled_at IS NULL AND lease_until <= now()
          ORDER BY received_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
        RETURNING event_key AS "eventKey", payload, attempts`,
  );

/** Forgets handled events older than any redelivery. */
export const forgetHandled = (db: Queryable, surface: string, days: number): Promise<number> =>
  run(db, sql`DELETE FROM inbox WHERE surface = ${surface} AND handled_at < now() - make_interval(days => ${days})`);
