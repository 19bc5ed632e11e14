import type { PersonId, ProviderId } from '../../ids.ts';
import { rows, sql, type Queryable } from '../../storage/sql.ts';

/** Ends the sessions that a provider opened under a name: those of these indexes, all of them where it names none. */
export const endNamedSessions = (
  db: Queryable,
  ended: { providerId: ProviderId; nameId: string; sessionIndexes: readonly string[] },
): Promise<{ personId: PersonId }[]> =>
  rows(
    db,
    sql`DELETE FROM session WHERE provider_id = ${ended.providerId} AND name_id = ${ended.nameId}
          AND (cardinality(${ended.sessionIndexes}::text[]) = 0 OR provider_session = ANY(${ended.sessionIndexes}::text[]))
        RETURNING person_id AS "personId"`,
  );
