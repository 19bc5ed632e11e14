import type { ProviderId } from '../../ids.ts';
import { run, sql, type Queryable } from '../../storage/sql.ts';

/** Notes that something was told by a token, at most once a minute. */
export const markTold = (db: Queryable, token: string, at: Date): Promise<number> =>
  run(
    db,
    sql`UPDATE scim_token SET told_at = ${at}
        WHERE id = ${token} AND (told_at IS NULL OR told_at < ${at}::timestamptz - interval '1 minute')`,
  );

/** Notes of a user or group since when changes of it are refused; null: none is any more. */
export const markRefused = (db: Queryable, provider: ProviderId, id: string, at: Date | null): Promise<number> =>
  run(
    db,
    sql`WITH users AS (
          UPDATE scim_user SET refused_at = ${at} WHERE identity_id = ${id} AND provider_id = ${provider}
            AND (refused_at IS NULL) = (${at}::timestamptz IS NOT NULL))
        UPDATE scim_group SET refused_at = ${at} WHERE id = ${id} AND provider_id = ${provider}
          AND (refused_at IS NULL) = (${at}::timestamptz IS NOT NULL)`,
  );
