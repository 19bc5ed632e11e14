import { prepared, run, sql, type Queryable } from '../storage/sql.ts';

export type AuditRow = {
  id: string;
  actorId: string | null;
  surface: string;
  action: string;
  subjectKind: string | null;
  subjectId: string | null;
  detail: Record<string, unknown>;
};

export const insertEntry = (db: Queryable, entry: AuditRow): Promise<number> =>
  run(
    db,
    prepared(sql`INSERT INTO audit_entry (id, actor_id, surface, action, subject_kind, subject_id, detail)
        VALUES (${entry.id}, ${entry.actorId}, ${entry.surface}, ${entry.action}, ${entry.subjectKind}, ${entry.subjectId}, ${entry.detail})`),
  );
