import type { PersonId, ProviderId } from '../../ids.ts';
import { prepared, row, rows, run, sql, type Queryable } from '../../storage/sql.ts';

export type TokenRow = {
  id: string;
  name: string;
  createdBy: PersonId | null;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
};

/** Zero where the provider has `most` living ones already. */
export const insertToken = (
  db: Queryable,
  token: Omit<TokenRow, 'lastUsedAt'> & { provider: ProviderId; tokenHash: Buffer },
  most: number,
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO scim_token (id, provider_id, token_hash, name, created_by, created_at, expires_at)
        SELECT ${token.id}::uuid, ${token.provider}::uuid, ${token.tokenHash}::bytea, ${token.name}::text, ${token.createdBy}::uuid,
               ${token.createdAt}::timestamptz, ${token.expiresAt}::timestamptz
        WHERE (SELECT count(*) FROM scim_token WHERE provider_id = ${token.provider} AND revoked_at IS NULL
               AND expires_at > ${token.createdAt}) < ${most}`,
  );

export const tokensOf = (db: Queryable, provider: ProviderId, at: Date): Promise<TokenRow[]> =>
  rows(
    db,
    sql`SELECT id, name, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt"
        FROM scim_token WHERE provider_id = ${provider} AND revoked_at IS NULL AND expires_at > ${at} ORDER BY created_at DESC`,
  );

export const revokeTokenRow = (db: Queryable, provider: ProviderId, id: string, at: Date): Promise<number> =>
  run(
    db,
    sql`UPDATE scim_token SET revoked_at = ${at} WHERE id = ${id} AND provider_id = ${provider} AND revoked_at IS NULL`,
  );

/** The provider of a living token; marks it as used, at most once a minute. */
export const providerOfToken = (
  db: Queryable,
  tokenHash: Buffer,
  at: Date,
): Promise<{ id: string; providerId: ProviderId } | null> =>
  row(
    db,
    prepared(sql`WITH living AS (
          SELECT id, provider_id, last_used_at FROM scim_token
          WHERE token_hash = ${tokenHash} AND revoked_at IS NULL AND expires_at > ${at}),
        used AS (
          UPDATE scim_token t SET last_used_at = ${at} FROM living
          WHERE t.id = living.id AND (living.last_used_at IS NULL OR living.last_used_at < ${at}::timestamptz - interval '1 minute'))
        SELECT id, provider_id AS "providerId" FROM living`),
  );
