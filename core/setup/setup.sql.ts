import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';
import type { PersonId } from '../ids.ts';

export const grantModelToEveryone = (db: Queryable, id: string, model: string): Promise<number> =>
  run(
    db,
    sql`INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level)
        VALUES (${id}, 'model', ${model}, 'everyone', NULL, 'use') ON CONFLICT DO NOTHING`,
  );

/** Any number will do, as long as only first runs lock it. Held until the transaction ends. */
export const lockFirstRun = (): Statement => sql`SELECT pg_advisory_xact_lock(7236514083)`;

/** For the transaction that holds or awaits that lock while another connection works: no time-out of the server ends it. */
export const waitWithoutEnd = (): Statement => sql`
  SELECT set_config(name, '0', true) FROM unnest(ARRAY['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout']) AS name`;

/** Notes that an empty database is being filled, until `endFirstRun`. */
export const beginFirstRun = (db: Queryable): Promise<number> =>
  run(db, sql`INSERT INTO setting (key, value) VALUES ('first_run', '"begun"') ON CONFLICT DO NOTHING`);

export const endFirstRun = (db: Queryable): Promise<number> =>
  run(db, sql`DELETE FROM setting WHERE key = 'first_run'`);

/** Whether a start began to fill this database and did not come to its end. */
export const firstRunBegun = async (db: Queryable): Promise<boolean> =>
  (await row(db, sql`SELECT key FROM setting WHERE key = 'first_run'`)) !== null;

/** Whether anybody lives in this database yet. */
export const isEmpty = async (db: Queryable): Promise<boolean> =>
  (await row<{ taken: boolean }>(db, sql`SELECT EXISTS (SELECT FROM person) AS taken`))?.taken === false;

/** The administrators with a password of their own here. */
export const localAdmins = (db: Queryable): Promise<{ id: PersonId; email: string; fromSample: boolean }[]> =>
  rows(
    db,
    sql`SELECT p.id, coalesce(i.email, p.email) AS email, p.from_sample AS "fromSample" FROM person p JOIN identity i ON i.person_id = p.id AND i.issuer = 'local'
        WHERE p.role = 'admin' AND p.status = 'active' ORDER BY p.from_sample, p.created_at, p.id`,
  );

export const samplePeople = (db: Queryable): Promise<{ id: PersonId; email: string }[]> =>
  rows(db, sql`SELECT p.id, p.email FROM person p WHERE p.from_sample AND p.email IS NOT NULL AND p.status = 'active'`);

/** How far the ingestion of everything uploaded has come. */
export const ingestionProgress = (
  db: Queryable,
): Promise<{ total: number; done: number; failed: number; part: number } | null> =>
  row(
    db,
    sql`SELECT count(*)::int AS total, count(*) FILTER (WHERE stage IN ('ready', 'superseded'))::int AS done,
               count(*) FILTER (WHERE stage = 'failed')::int AS failed,
               coalesce(sum(CASE WHEN stage IN ('ready', 'failed', 'superseded') THEN 1 ELSE progress END), 0)::real AS part
        FROM document_version`,
  );
