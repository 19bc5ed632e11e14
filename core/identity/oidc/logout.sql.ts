import type { ProviderId } from '../../ids.ts';
import { row, rows, sql, type Queryable } from '../../storage/sql.ts';

/** Ends what a provider says has ended: its session `sid`, or all that its subject has open; both must fit where both are told. */
export const endProviderSessions = (
  db: Queryable,
  ended: { providerId: ProviderId; sid: string | null; subject: string | null },
): Promise<{ personId: string }[]> =>
  rows(
    db,
    sql`DELETE FROM session s USING identity i
        WHERE s.provider_id = ${ended.providerId} AND i.id = s.identity_id
          AND (${ended.sid}::text IS NOT NULL OR ${ended.subject}::text IS NOT NULL)
          AND (${ended.sid}::text IS NULL OR s.provider_session = ${ended.sid}::text)
          AND (${ended.subject}::text IS NULL OR i.subject = ${ended.subject}::text)
        RETURNING s.person_id AS "personId"`,
  );

export type SessionThere = {
  providerId: ProviderId;
  idTokenSealed: Buffer | null;
  providerSession: string | null;
};

/** Through which provider a session was opened; null for one of a password. */
export const sessionThere = (db: Queryable, session: string): Promise<SessionThere | null> =>
  row(
    db,
    sql`SELECT provider_id AS "providerId", id_token_sealed AS "idTokenSealed", provider_session AS "providerSession"
        FROM session WHERE id = ${session} AND provider_id IS NOT NULL`,
  );
