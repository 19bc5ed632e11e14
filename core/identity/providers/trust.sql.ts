import type { PersonId } from '../../ids.ts';
import { rows, sql, type Queryable } from '../../storage/sql.ts';

/** Everybody who administers, but for whoever does just now. */
export const otherAdministrators = (db: Queryable, but: PersonId | null): Promise<{ id: PersonId }[]> =>
  rows(
    db,
    sql`SELECT id FROM person WHERE role = 'admin' AND status = 'active' AND id IS DISTINCT FROM ${but}::uuid ORDER BY id`,
  );
