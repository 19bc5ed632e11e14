import { rows, run, sql, type Queryable } from '../storage/sql.ts';

const waiting = (job: string) => sql`j.name = ${job} AND j.state IN ('created', 'retry', 'active')`;

/** A version whose job ended as failed, without saying so itself: its process died each time. */
export const failAbandoned = (db: Queryable, job: string): Promise<number> =>
  run(
    db,
    sql`UPDATE document_version v
        SET stage = 'failed', error_code = coalesce(v.error_code, 'file_memory'),
            error = coalesce(v.error, 'The program ended each time while it read this file. Split it into smaller files.')
        WHERE v.stage NOT IN ('ready', 'failed', 'superseded')
          AND EXISTS (SELECT 1 FROM pgboss.job j WHERE j.name = ${job} AND j.singleton_key = v.id::text AND j.state = 'failed')
          AND NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE ${waiting(job)} AND j.singleton_key = v.id::text)`,
  );

export const versionsWithoutJob = (db: Queryable, job: string): Promise<string[]> =>
  ids(
    db,
    sql`SELECT v.id FROM document_version v
        JOIN document d ON d.id = v.document_id AND d.deleted_at IS NULL
        JOIN knowledge_base k ON k.id = d.knowledge_base_id AND k.deleted_at IS NULL
        WHERE v.stage NOT IN ('ready', 'failed', 'superseded')
          AND NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE ${waiting(job)} AND j.singleton_key = v.id::text)`,
  );

export const deletedDocuments = (db: Queryable, job: string): Promise<string[]> =>
  ids(
    db,
    sql`SELECT d.id FROM document d WHERE d.deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE ${waiting(job)} AND j.singleton_key = d.id::text)`,
  );

export const deletedKnowledgeBases = (db: Queryable, job: string): Promise<string[]> =>
  ids(
    db,
    sql`SELECT k.id FROM knowledge_base k WHERE k.deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE ${waiting(job)} AND j.singleton_key = k.id::text)`,
  );

const ids = async (db: Queryable, statement: ReturnType<typeof sql>): Promise<string[]> =>
  (await rows<{ id: string }>(db, statement)).map(({ id }) => id);

/** Those of these keys that no version names. */
export async function keysOfNoVersion(db: Queryable, keys: readonly string[]): Promise<string[]> {
  const found = await rows<{ key: string }>(
    db,
    sql`SELECT key FROM unnest(${keys}::text[]) AS key
        WHERE NOT EXISTS (SELECT 1 FROM document_version v WHERE v.file_key = key)`,
  );
  return found.map(({ key }) => key);
}
