import { row, rows, sql, type Queryable } from '../storage/sql.ts';

export type DayOfQuestions = { day: string; questions: number; answered: number; notFound: number; failed: number };

/** Questions of each day from `from` to `to` (UTC, both included), days without any too, the oldest first. */
export const questionsByDay = (db: Queryable, from: Date, to: Date): Promise<DayOfQuestions[]> =>
  rows(
    db,
    sql`SELECT to_char(d.day, 'YYYY-MM-DD') AS day,
               count(m.id)::int AS questions,
               count(*) FILTER (WHERE m.outcome = 'answered')::int AS answered,
               count(*) FILTER (WHERE m.outcome = 'not_found')::int AS "notFound",
               count(*) FILTER (WHERE m.outcome IN ('failed', 'stopped'))::int AS failed
        FROM generate_series(date_trunc('day', ${from}::timestamptz AT TIME ZONE 'UTC'),
                             date_trunc('day', ${to}::timestamptz AT TIME ZONE 'UTC'), interval '1 day') AS d(day)
        LEFT JOIN message m ON m.role = 'assistant'
              AND m.created_at >= d.day AT TIME ZONE 'UTC' AND m.created_at < (d.day + interval '1 day') AT TIME ZONE 'UTC'
        GROUP BY d.day ORDER BY d.day`,
  );

/** Medians of the answers since `from`, ms; null before the first. */
export const latencySince = (
  db: Queryable,
  from: Date,
): Promise<{ firstTextMs: number | null; totalMs: number | null } | null> =>
  row(
    db,
    sql`SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (timings ->> 'firstTextMs')::float8) AS "firstTextMs",
               percentile_cont(0.5) WITHIN GROUP (ORDER BY (timings ->> 'totalMs')::float8) AS "totalMs"
        FROM message WHERE role = 'assistant' AND outcome = 'answered' AND created_at >= ${from}`,
  );

/** Documents by the stage of their latest version. */
export const documentsByStage = (db: Queryable): Promise<{ stage: string; documents: number }[]> =>
  rows(
    db,
    sql`SELECT v.stage, count(*)::int AS documents
        FROM document d JOIN knowledge_base k ON k.id = d.knowledge_base_id AND k.deleted_at IS NULL
        JOIN LATERAL (SELECT stage FROM document_version WHERE document_id = d.id ORDER BY version DESC LIMIT 1) v ON true
        WHERE d.deleted_at IS NULL GROUP BY v.stage`,
  );

export type Totals = {
  people: number;
  activePeople: number;
  knowledgeBases: number;
  passages: number;
  good: number;
  bad: number;
};

/** What there is, and what happened since `from`. An active person asked at least once. */
export const totalsSince = (db: Queryable, from: Date): Promise<Totals | null> =>
  row(
    db,
    sql`SELECT (SELECT count(*)::int FROM person WHERE status = 'active') AS people,
               (SELECT count(DISTINCT c.person_id)::int FROM message m JOIN conversation c ON c.id = m.conversation_id
                 WHERE m.role = 'person' AND m.created_at >= ${from}) AS "activePeople",
               (SELECT count(*)::int FROM knowledge_base WHERE deleted_at IS NULL) AS "knowledgeBases",
               (SELECT coalesce(sum(passage_count), 0)::int FROM knowledge_base WHERE deleted_at IS NULL) AS passages,
               (SELECT count(*)::int FROM message WHERE feedback = 'good' AND created_at >= ${from}) AS good,
               (SELECT count(*)::int FROM message WHERE feedback = 'bad' AND created_at >= ${from}) AS bad`,
  );

/** Where questions came in since `from`, the busiest surface first. */
export const questionsBySurface = (db: Queryable, from: Date): Promise<{ surface: string; questions: number }[]> =>
  rows(
    db,
    sql`SELECT c.surface, count(*)::int AS questions FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.role = 'person' AND m.created_at >= ${from} GROUP BY c.surface ORDER BY 2 DESC, 1`,
  );
