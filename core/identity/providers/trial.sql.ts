import type { PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';

/** What came of a trial takes the place of what its try needed, for as long as that would have lived. */
export const keepResult = (db: Queryable, attempt: string, sealed: Buffer, expiresAt: Date): Promise<number> =>
  run(
    db,
    sql`UPDATE sign_in_attempt SET data_sealed = ${sealed}, expires_at = ${expiresAt}
        WHERE id = ${attempt} AND purpose = 'test' AND used_at IS NOT NULL`,
  );

/** The trial of whoever began it. `used`: whether they came back from the provider. */
export const trialRow = (
  db: Queryable,
  trial: { id: string; providerId: ProviderId; personId: PersonId; at: Date },
): Promise<{ dataSealed: Buffer; used: boolean } | null> =>
  row(
    db,
    sql`SELECT data_sealed AS "dataSealed", used_at IS NOT NULL AS used FROM sign_in_attempt
        WHERE id = ${trial.id} AND provider_id = ${trial.providerId} AND person_id = ${trial.personId}
          AND purpose = 'test' AND expires_at > ${trial.at}`,
  );

/** The groups that a person is in by a provider, by name. */
export const groupsThrough = (
  db: Queryable,
  person: PersonId,
  provider: ProviderId,
): Promise<{ id: string; name: string }[]> =>
  rows(
    db,
    sql`SELECT g.id, g.name FROM membership m JOIN access_group g ON g.id = m.group_id
        WHERE m.person_id = ${person} AND m.source = 'provider:' || ${provider}::text ORDER BY lower(g.name), g.id`,
  );
