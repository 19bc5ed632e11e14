import type { PersonId } from '../../ids.ts';
import { rows, sql, type Queryable } from '../../storage/sql.ts';

/** The break-glasses of these people that last still. */
export const livingBreakGlasses = async (db: Queryable, people: readonly PersonId[], at: Date): Promise<string[]> => {
  const found = await rows<{ id: string }>(
    db,
    sql`SELECT id FROM break_glass WHERE person_id = ANY(${people}::uuid[]) AND ends_at > ${at}`,
  );
  return found.map(({ id }) => id);
};

/** Ends break-glasses now, and with each whatever was given by it, whenever that was to end. Gives how many lasted still. */
export const endWithGrants = async (
  db: Queryable,
  ids: readonly string[],
  { by, at }: { by: PersonId | null; at: Date },
): Promise<number> => {
  const ended = await rows<{ id: string }>(
    db,
    sql`WITH ended AS (
          UPDATE break_glass SET ends_at = ${at}, ended_by = ${by}::uuid
          WHERE id = ANY(${ids}::uuid[]) AND ends_at > ${at} RETURNING id),
        given AS (
          UPDATE access_grant g SET expires_at = ${at} FROM ended
          WHERE g.break_glass_id = ended.id AND (g.expires_at IS NULL OR g.expires_at > ${at}))
        SELECT id FROM ended`,
  );
  return ended.length;
};
