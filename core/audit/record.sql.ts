import { run, sql, type Queryable, type Statement } from '../storage/sql.ts';

export type AuditRow = {
  id: string;
  actorId: string | null;
  surface: string;
  action: string;
  subjectKind: string | null;
  subjectId: string | null;
  detail: Record<string, unknown>;
};

/** The statement that writes an entry, to stand by itself or inside the one statement that does what it records. */
export const entryInsert = (entry: AuditRow): Statement =>
  sql`INSERT INTO audit_entry (id, actor_id, surface, action, subject_kind, subject_id, detail)
      VALUES (${entry.id}, ${entry.actorId}, ${entry.surface}, ${entry.action}, ${entry.subjectKind}, ${entry.subjectId}, ${entry.detail})`;

export const insertEntry = (db: Queryable, entry: AuditRow): Promise<number> => run(db, entryInsert(entry));
