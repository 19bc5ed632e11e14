import type { PersonId } from '../ids.ts';
import { row, run, sql, type Queryable } from '../storage/sql.ts';

export type NoticeRow = {
  id: string;
  personId: PersonId;
  tenantId: string;
  externalId: string;
  topic: 'access_asked' | 'access_answered';
  subjectId: string;
  attempts: number;
};

/** After so many failures somebody is not told any more. */
export const MOST_ATTEMPTS = 6;

/** Takes the next of what is to be told, for as long as the lease lasts; each failure waits longer than the one before. */
export const takeNotice = (
  db: Queryable,
  wanted: { surface: 'slack' | 'teams'; tenantId: string | null; at: Date; leaseMs: number },
): Promise<NoticeRow | null> =>
  row(
    db,
    sql`UPDATE chat_notice n SET attempts = n.attempts + 1,
          lease_until = ${wanted.at}::timestamptz + (n.attempts + 1) * make_interval(secs => ${wanted.leaseMs / 1_000})
        WHERE n.id = (
          SELECT id FROM chat_notice
          WHERE settled_at IS NULL AND surface = ${wanted.surface} AND attempts < ${MOST_ATTEMPTS}
            AND (${wanted.tenantId}::text IS NULL OR tenant_id = ${wanted.tenantId}::text)
            AND (lease_until IS NULL OR lease_until <= ${wanted.at})
          ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING n.id, n.person_id AS "personId", n.tenant_id AS "tenantId", n.external_id AS "externalId", n.topic,
                  n.subject_id AS "subjectId", n.attempts`,
  );

export const settleNotice = (db: Queryable, id: string, at: Date): Promise<number> =>
  run(db, sql`UPDATE chat_notice SET settled_at = ${at} WHERE id = ${id}`);

/** Deletes what was settled before `settled`, and what nobody could tell since `made`. Gives how many of each. */
export const deleteNotices = async (
  db: Queryable,
  before: { settled: Date; made: Date },
): Promise<{ settled: number; untold: number }> =>
  (await row<{ settled: number; untold: number }>(
    db,
    sql`WITH gone AS (
          DELETE FROM chat_notice WHERE settled_at < ${before.settled} OR (settled_at IS NULL AND created_at < ${before.made})
          RETURNING settled_at)
        SELECT count(settled_at)::int AS settled, (count(*) - count(settled_at))::int AS untold FROM gone`,
  )) ?? { settled: 0, untold: 0 };

/** Puts down that these people are to be told something in each chat they are linked with. */
export const addNotices = (
  tx: Queryable,
  people: readonly PersonId[],
  topic: NoticeRow['topic'],
  subjectId: string,
  at: Date,
): Promise<number> =>
  run(
    tx,
    sql`INSERT INTO chat_notice (id, person_id, surface, tenant_id, external_id, topic, subject_id, created_at)
        SELECT gen_random_uuid(), person_id, surface, tenant_id, external_id, ${topic}, ${subjectId}::uuid, ${at}
        FROM chat_account WHERE person_id = ANY(${people}::uuid[])`,
  );
