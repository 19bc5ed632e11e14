import type { PersonId, ProviderId } from '../../ids.ts';
import { row, run, sql, type Queryable } from '../../storage/sql.ts';

export type Purpose = 'sign_in' | 'link' | 'confirm' | 'test';

export type AttemptRow = {
  id: string;
  providerId: ProviderId;
  purpose: Purpose;
  personId: PersonId | null;
  dataSealed: Buffer;
  returnTo: string;
};

const FORGOTTEN_AT_ONCE = 500;

/** Those that have ended are forgotten on the way. */
export const insertAttempt = (
  db: Queryable,
  attempt: AttemptRow & { tokenHash: Buffer; at: Date; expiresAt: Date },
): Promise<number> =>
  run(
    db,
    sql`WITH forgotten AS (
          DELETE FROM sign_in_attempt WHERE id IN (
            SELECT id FROM sign_in_attempt WHERE expires_at <= ${attempt.at} LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED))
        INSERT INTO sign_in_attempt (id, token_hash, provider_id, purpose, person_id, data_sealed, return_to, created_at, expires_at)
        VALUES (${attempt.id}, ${attempt.tokenHash}, ${attempt.providerId}, ${attempt.purpose}, ${attempt.personId},
                ${attempt.dataSealed}, ${attempt.returnTo}, ${attempt.at}, ${attempt.expiresAt})`,
  );

/** Uses an attempt up. Null to everyone who comes second, too late or with another provider's. */
export const useAttempt = (
  db: Queryable,
  attempt: { tokenHash: Buffer; providerId: ProviderId; at: Date },
): Promise<AttemptRow | null> =>
  row(
    db,
    sql`UPDATE sign_in_attempt SET used_at = ${attempt.at}
        WHERE token_hash = ${attempt.tokenHash} AND provider_id = ${attempt.providerId}
          AND used_at IS NULL AND expires_at > ${attempt.at}
        RETURNING id, provider_id AS "providerId", purpose, person_id AS "personId", data_sealed AS "dataSealed",
                  return_to AS "returnTo"`,
  );

/** One where this is the first time, zero for a replay. What can't come again anyhow is forgotten on the way. */
export const insertSeen = (
  db: Queryable,
  seen: { providerId: ProviderId; id: string; at: Date; expiresAt: Date },
): Promise<number> =>
  run(
    db,
    sql`WITH forgotten AS (
          DELETE FROM seen_token WHERE (provider_id, id) IN (
            SELECT provider_id, id FROM seen_token
            WHERE expires_at <= ${seen.at} AND (provider_id, id) <> (${seen.providerId}, ${seen.id})
            LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED))
        INSERT INTO seen_token (provider_id, id, expires_at) VALUES (${seen.providerId}, ${seen.id}, ${seen.expiresAt})
        ON CONFLICT DO NOTHING`,
  );
