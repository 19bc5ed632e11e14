import type { Prisma } from '../../prisma/generated/client.ts';
import { newId } from '../ids.ts';
import type { Queryable } from '../storage/sql.ts';
import { insertEntry, type AuditRow } from './record.sql.ts';

/** Who did what, where. `detail` holds ids, counts and settings before and after; never a question, an answer or document text. */
export type AuditEntry = Readonly<{
  /** null: the installation itself, such as a worker. */
  actorId: string | null;
  surface: 'portal' | 'api' | 'slack' | 'teams' | 'command_line' | 'worker';
  /** `topic.what_happened`, such as `grant.created`. */
  action: string;
  subjectKind?: string;
  subjectId?: string;
  detail?: Record<string, unknown>;
}>;

/** Where an entry is written: the pool, or the transaction of what it records, be it ours or Prisma's. */
export type Recorder = Queryable | Pick<Prisma.TransactionClient, 'auditEntry'>;

/** An entry as it is stored, under an id of its own. */
export const auditRow = (entry: AuditEntry): AuditRow => ({
  id: newId(),
  actorId: entry.actorId,
  surface: entry.surface,
  action: entry.action,
  subjectKind: entry.subjectKind ?? null,
  subjectId: entry.subjectId ?? null,
  detail: entry.detail ?? {},
});

/** Writes one entry, in the transaction of what it records where there is one. */
export async function record(db: Recorder, entry: AuditEntry): Promise<void> {
  const row = auditRow(entry);
  if ('auditEntry' in db)
    await db.auditEntry.create({ data: { ...row, detail: row.detail as Prisma.InputJsonObject } });
  else await insertEntry(db, row);
}

const ENTRIES_AT_ONCE = 2_000;

/** Writes many entries, in the transaction of what they record. */
export async function recordAll(
  tx: Pick<Prisma.TransactionClient, 'auditEntry'>,
  entries: readonly AuditEntry[],
): Promise<void> {
  for (let from = 0; from < entries.length; from += ENTRIES_AT_ONCE) {
    const rows = entries.slice(from, from + ENTRIES_AT_ONCE).map(auditRow);
    await tx.auditEntry.createMany({
      data: rows.map((row) => ({ ...row, detail: row.detail as Prisma.InputJsonObject })),
    });
  }
}
