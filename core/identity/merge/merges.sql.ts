import type { IdentityId, PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../../storage/sql.ts';
import type { Role } from '../person.ts';

export type MergeRow = {
  id: string;
  keptId: PersonId;
  joiningId: PersonId;
  role: Role;
  proposedBy: PersonId;
  proposedAt: Date;
  expiresAt: Date;
  /** Who has confirmed it so lately that it counts, and what they were shown. */
  confirmed: Record<PersonId, string>;
};

/** For how long a confirmation waits for the other one. */
const CONFIRMED_FOR_MS = 24 * 3_600_000;
const confirmedSince = (at: Date): Date => new Date(at.getTime() - CONFIRMED_FOR_MS);

const mergeAt = (
  at: Date,
): Statement => sql`m.id, m.kept_id AS "keptId", m.joining_id AS "joiningId", m.role, m.proposed_by AS "proposedBy",
  m.proposed_at AS "proposedAt", m.expires_at AS "expiresAt",
  coalesce((SELECT json_object_agg(s.person_id, s.seen) FROM person_merge_side s
            WHERE s.merge_id = m.id AND s.confirmed_at > ${confirmedSince(at)}), '{}') AS confirmed`;

const isOpen = (at: Date): Statement => sql`m.outcome = 'open' AND m.expires_at > ${at}`;

/** Both people locked, in one order everywhere: whatever is decided about them comes one after the other. */
export const lockPeople = (db: Queryable, people: readonly PersonId[]): Promise<{ id: PersonId }[]> =>
  rows(db, sql`SELECT id FROM person WHERE id = ANY(${people}::uuid[]) ORDER BY id FOR UPDATE`);

/** Open merges, the oldest first: all of them, or those of one of these people. */
export const openMerges = (db: Queryable, at: Date, people: readonly PersonId[] | null): Promise<MergeRow[]> =>
  rows(
    db,
    sql`SELECT ${mergeAt(at)} FROM person_merge m WHERE ${isOpen(at)}
          AND (${people}::uuid[] IS NULL OR m.kept_id = ANY(${people}::uuid[]) OR m.joining_id = ANY(${people}::uuid[]))
        ORDER BY m.proposed_at, m.id`,
  );

/** An open merge, its row locked; with `of` only one that this person is a side of. */
export const lockMerge = async (db: Queryable, id: string, at: Date, of: PersonId | null): Promise<MergeRow | null> => {
  await run(db, sql`SELECT FROM person_merge WHERE id = ${id} FOR UPDATE`);
  return row(
    db,
    sql`SELECT ${mergeAt(at)} FROM person_merge m WHERE m.id = ${id} AND ${isOpen(at)}
          AND (${of}::uuid IS NULL OR ${of} IN (m.kept_id, m.joining_id))`,
  );
};

export const insertMerge = async (db: Queryable, merge: Omit<MergeRow, 'confirmed'>): Promise<void> => {
  await run(
    db,
    sql`INSERT INTO person_merge (id, kept_id, joining_id, role, proposed_by, proposed_at, expires_at)
        VALUES (${merge.id}, ${merge.keptId}, ${merge.joiningId}, ${merge.role}, ${merge.proposedBy}, ${merge.proposedAt},
                ${merge.expiresAt})`,
  );
  await run(
    db,
    sql`INSERT INTO person_merge_side (merge_id, person_id) VALUES (${merge.id}, ${merge.keptId}), (${merge.id}, ${merge.joiningId})`,
  );
};

export const endMerge = (
  db: Queryable,
  id: string,
  outcome: 'merged' | 'withdrawn' | 'refused',
  at: Date,
): Promise<number> => run(db, sql`UPDATE person_merge SET outcome = ${outcome}, ended_at = ${at} WHERE id = ${id}`);

/** A sign-in by which somebody means to confirm what they saw: it takes the place of any begun before, and of what it said. */
export const beginSide = (
  db: Queryable,
  side: { mergeId: string; personId: PersonId; attemptId: string; seen: string },
): Promise<number> =>
  run(
    db,
    sql`UPDATE person_merge_side SET attempt_id = ${side.attemptId}, seen = ${side.seen}, confirmed_at = NULL
        WHERE merge_id = ${side.mergeId} AND person_id = ${side.personId}`,
  );

/** What this sign-in was begun for, used up by this. */
export const takeSide = (
  db: Queryable,
  attemptId: string,
  personId: PersonId,
): Promise<{ mergeId: string; seen: string } | null> =>
  row(
    db,
    sql`UPDATE person_merge_side SET attempt_id = NULL WHERE attempt_id = ${attemptId} AND person_id = ${personId}
        RETURNING merge_id AS "mergeId", seen`,
  );

export const confirmSide = (
  db: Queryable,
  side: { mergeId: string; personId: PersonId; seen: string; at: Date },
): Promise<number> =>
  run(
    db,
    sql`UPDATE person_merge_side SET confirmed_at = ${side.at}, seen = ${side.seen}, attempt_id = NULL
        WHERE merge_id = ${side.mergeId} AND person_id = ${side.personId}`,
  );

/** Whether everybody has confirmed exactly this, so lately that it counts. */
export const allConfirmed = async (db: Queryable, mergeId: string, seen: string, at: Date): Promise<boolean> =>
  (await row(
    db,
    sql`SELECT FROM person_merge_side WHERE merge_id = ${mergeId} AND seen = ${seen} AND confirmed_at > ${confirmedSince(at)}
        HAVING count(*) = 2`,
  )) !== null;

/** Whose identity this is. */
export const ownerOfIdentity = async (db: Queryable, provider: ProviderId, subject: string): Promise<PersonId | null> =>
  (
    await row<{ personId: PersonId }>(
      db,
      sql`SELECT person_id AS "personId" FROM identity
          WHERE provider_id = ${provider} AND subject = ${subject} AND disabled_at IS NULL`,
    )
  )?.personId ?? null;

/** The enabled provider of an identity that is this person's. */
export const providerOfIdentity = async (
  db: Queryable,
  person: PersonId,
  identity: IdentityId,
): Promise<string | null> =>
  (
    await row<{ key: string }>(
      db,
      sql`SELECT v.key FROM identity i JOIN identity_provider v ON v.id = i.provider_id AND v.enabled
          WHERE i.id = ${identity} AND i.person_id = ${person} AND i.disabled_at IS NULL`,
    )
  )?.key ?? null;
