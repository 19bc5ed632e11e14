import type { PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';
import type { ProviderKind } from './settings.ts';

export type ProviderRow = {
  id: ProviderId;
  key: string;
  kind: ProviderKind;
  name: string;
  enabled: boolean;
  settings: unknown;
  secretsSealed: Buffer | null;
  maxAgeHours: number;
  /** Who made it or changed whom it believes, until another administrator has confirmed it. */
  inHandsOf: PersonId[];
  createdAt: Date;
  updatedAt: Date;
};

const PROVIDER = sql`id, key, kind, name, enabled, settings, secrets_sealed AS "secretsSealed", max_age_hours AS "maxAgeHours",
  in_hands_of AS "inHandsOf", created_at AS "createdAt", updated_at AS "updatedAt"`;

export const allProviders = (db: Queryable): Promise<ProviderRow[]> =>
  rows(db, sql`SELECT ${PROVIDER} FROM identity_provider ORDER BY lower(name), id`);

export const providerRowById = (db: Queryable, id: ProviderId): Promise<ProviderRow | null> =>
  row(db, sql`SELECT ${PROVIDER} FROM identity_provider WHERE id = ${id}`);

export const providerRowByKey = (db: Queryable, key: string): Promise<ProviderRow | null> =>
  row(db, sql`SELECT ${PROVIDER} FROM identity_provider WHERE key = ${key}`);

/** Zero where the key is taken. */
export const insertProvider = (
  db: Queryable,
  provider: Omit<ProviderRow, 'inHandsOf' | 'createdAt' | 'updatedAt'>,
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO identity_provider (id, key, kind, name, enabled, settings, secrets_sealed, max_age_hours)
        VALUES (${provider.id}, ${provider.key}, ${provider.kind}, ${provider.name}, ${provider.enabled},
                ${provider.settings}, ${provider.secretsSealed}, ${provider.maxAgeHours})
        ON CONFLICT (key) DO NOTHING`,
  );

export const updateProviderRow = (
  db: Queryable,
  provider: Pick<ProviderRow, 'id' | 'name' | 'enabled' | 'settings' | 'secretsSealed' | 'maxAgeHours'>,
): Promise<number> =>
  run(
    db,
    sql`UPDATE identity_provider SET name = ${provider.name}, enabled = ${provider.enabled}, settings = ${provider.settings},
          secrets_sealed = ${provider.secretsSealed}, max_age_hours = ${provider.maxAgeHours}, updated_at = now()
        WHERE id = ${provider.id}`,
  );

/** One change of a provider after the other, so that each is judged by how it stands. */
export const lockProvider = (db: Queryable, id: ProviderId): Promise<number> =>
  run(db, sql`SELECT FROM identity_provider WHERE id = ${id} FOR UPDATE`);

/** Who comes from this provider and from nowhere else. */
export const peopleOfOnly = (db: Queryable, id: ProviderId): Promise<{ id: PersonId }[]> =>
  rows(
    db,
    sql`SELECT DISTINCT i.person_id AS id FROM identity i WHERE i.provider_id = ${id}
          AND NOT EXISTS (SELECT FROM identity o WHERE o.person_id = i.person_id AND o.provider_id IS DISTINCT FROM ${id}::uuid)`,
  );

/** With its identities, sessions and mappings; whose account it alone was, is known from then on; the memberships it brought go too, those made by hand stay. */
export const deleteProviderRow = (db: Queryable, id: ProviderId): Promise<number> =>
  run(
    db,
    sql`WITH brought AS (DELETE FROM membership WHERE source = 'provider:' || ${id}::text),
          provided AS (UPDATE person SET was_provided = true WHERE id IN (
            SELECT i.person_id FROM identity i WHERE i.provider_id = ${id} AND NOT EXISTS (
              SELECT FROM identity o WHERE o.person_id = i.person_id AND o.provider_id IS DISTINCT FROM ${id}::uuid)))
        DELETE FROM identity_provider WHERE id = ${id}`,
  );

/** Ends every session that was opened through a provider. */
export const endSessionsThrough = (db: Queryable, id: ProviderId): Promise<number> =>
  run(db, sql`DELETE FROM session WHERE provider_id = ${id}`);

export const identitiesAt = async (db: Queryable, id: ProviderId): Promise<number> =>
  (await row<{ count: number }>(db, sql`SELECT count(*)::int AS count FROM identity WHERE provider_id = ${id}`))
    ?.count ?? 0;

export const peopleByProvider = (db: Queryable): Promise<{ id: ProviderId; people: number }[]> =>
  rows(
    db,
    sql`SELECT provider_id AS id, count(DISTINCT person_id)::int AS people FROM identity
        WHERE provider_id IS NOT NULL GROUP BY provider_id`,
  );

/** What the sign-in page may know of those that are enabled. */
export const waysIn = (db: Queryable): Promise<{ key: string; kind: ProviderKind; name: string }[]> =>
  rows(db, sql`SELECT key, kind, name FROM identity_provider WHERE enabled ORDER BY lower(name), id`);
