import type { PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';

/** Everybody who administers, but for whoever does just now. */
export const otherAdministrators = (db: Queryable, but: PersonId | null): Promise<{ id: PersonId }[]> =>
  rows(
    db,
    sql`SELECT id FROM person WHERE role = 'admin' AND status = 'active' AND id IS DISTINCT FROM ${but}::uuid ORDER BY id`,
  );

/** Who owns a knowledge base, or manages a group that does; but for whoever does just now. */
export const ownersOfKnowledge = (db: Queryable, but: PersonId | null): Promise<{ id: PersonId }[]> =>
  rows(
    db,
    sql`SELECT DISTINCT p.id FROM knowledge_base k
        LEFT JOIN membership m ON k.owner_kind = 'group' AND m.group_id = k.owner_id AND m.manager
        JOIN person p ON p.id = CASE k.owner_kind WHEN 'person' THEN k.owner_id ELSE m.person_id END
        WHERE p.kind = 'human' AND p.status = 'active' AND p.id IS DISTINCT FROM ${but}::uuid ORDER BY p.id`,
  );

/** Whether nobody but this person administers, nor did since: else whoever shut the others out would be alone by that. */
export const administersAlone = async (db: Queryable, person: PersonId, since: Date): Promise<boolean> =>
  (await row(
    db,
    sql`SELECT FROM person p WHERE p.kind = 'human' AND p.merged_into IS NULL AND p.id <> ${person} AND (
          (p.role = 'admin' AND (p.status = 'active' OR p.deactivated_at > ${since}))
          OR EXISTS (SELECT FROM audit_entry e WHERE e.subject_kind = 'person' AND e.subject_id = p.id AND e.at > ${since}
            AND e.action IN ('person.changed', 'person.role_synced') AND e.detail -> 'before' ->> 'role' = 'admin'
            AND e.detail -> 'after' ->> 'role' <> 'admin'))
        LIMIT 1`,
  )) === null;

/** Since the first of those who hold it unconfirmed: whoever came by it later may be any of theirs. */
export const holdProvider = (db: Queryable, id: ProviderId, by: PersonId, at: Date): Promise<number> =>
  run(
    db,
    sql`UPDATE identity_provider SET in_hands_of = array_append(array_remove(in_hands_of, ${by}::uuid), ${by}::uuid),
          in_hands_since = coalesce(in_hands_since, ${at}) WHERE id = ${id}`,
  );

/** Leaves a provider in these hands only. */
export const leaveInHands = (db: Queryable, id: ProviderId, hands: readonly PersonId[]): Promise<number> =>
  run(
    db,
    sql`UPDATE identity_provider SET in_hands_of = ${hands}::uuid[],
          in_hands_since = CASE WHEN cardinality(${hands}::uuid[]) = 0 THEN NULL ELSE in_hands_since END WHERE id = ${id}`,
  );
