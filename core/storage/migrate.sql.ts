import { sql } from './sql.ts';
import type { Statement } from './sql.ts';

/** Any number will do, as long as only migrations lock it. Held until the transaction ends. */
export const lockMigrations = (): Statement => sql`SELECT pg_advisory_xact_lock(7236514082)`;

/** Prisma's own table, as it makes it, so that both agree on what was applied. */
export const createMigrationTable = (): Statement => sql`
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

export const migrationTableExists = (): Statement =>
  sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`;

export const appliedMigrations = (): Statement => sql`
  SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`;

export const recordMigration = (id: string, name: string, checksum: string): Statement => sql`
  INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES (${id}, ${checksum}, ${name}, clock_timestamp(), clock_timestamp(), 1)`;
