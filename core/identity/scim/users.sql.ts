import type { IdentityId, PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';
import type { Filter } from './filter.ts';
import { userCondition } from './filter.sql.ts';

export type UserRow = {
  id: IdentityId;
  subject: string;
  personId: PersonId;
  userName: string;
  externalId: string | null;
  active: boolean;
  attributes: unknown;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

const USER = sql`u.identity_id AS id, i.subject, i.person_id AS "personId", u.user_name AS "userName", u.external_id AS "externalId",
  u.active, u.attributes, u.version, u.created_at AS "createdAt", u.updated_at AS "updatedAt"`;

export const userRow = (db: Queryable, provider: ProviderId, id: IdentityId): Promise<UserRow | null> =>
  row(
    db,
    sql`SELECT ${USER} FROM scim_user u JOIN identity i ON i.id = u.identity_id
        WHERE u.identity_id = ${id} AND u.provider_id = ${provider} AND u.deleted_at IS NULL`,
  );

/** The same, its rows locked until the end of the transaction: the identity first, as a sign-on does. */
export const lockedUserRow = (db: Queryable, provider: ProviderId, id: IdentityId): Promise<UserRow | null> =>
  row(
    db,
    sql`WITH mine AS MATERIALIZED (SELECT id FROM identity WHERE id = ${id} AND provider_id = ${provider} FOR UPDATE)
        SELECT ${USER} FROM mine JOIN scim_user u ON u.identity_id = mine.id JOIN identity i ON i.id = mine.id
        WHERE u.deleted_at IS NULL FOR UPDATE OF u`,
  );

export const countUsers = async (db: Queryable, provider: ProviderId, filter: Filter | null): Promise<number> =>
  (
    await row<{ count: number }>(
      db,
      sql`SELECT count(*)::int AS count FROM scim_user u
          WHERE u.provider_id = ${provider} AND u.deleted_at IS NULL AND ${userCondition(filter)}`,
    )
  )?.count ?? 0;

/** Users in the order of their ids, `limit` after the first `skip`. */
export const pageOfUsers = (
  db: Queryable,
  provider: ProviderId,
  filter: Filter | null,
  page: { skip: number; limit: number },
): Promise<UserRow[]> =>
  rows(
    db,
    sql`SELECT ${USER} FROM scim_user u JOIN identity i ON i.id = u.identity_id
        WHERE u.provider_id = ${provider} AND u.deleted_at IS NULL AND ${userCondition(filter)}
        ORDER BY u.identity_id OFFSET ${page.skip} LIMIT ${page.limit}`,
  );

/** Which of these somebody else has already; a subject counts as an external id. */
export const takenBy = (
  db: Queryable,
  user: {
    provider: ProviderId;
    subject: string;
    userName: string;
    externalId: string | null;
    except: IdentityId | null;
  },
): Promise<{ userName: boolean; externalId: boolean } | null> =>
  row(
    db,
    sql`WITH others AS NOT MATERIALIZED (
          SELECT identity_id, user_name, external_id FROM scim_user
          WHERE provider_id = ${user.provider} AND deleted_at IS NULL AND identity_id IS DISTINCT FROM ${user.except}::uuid)
        SELECT EXISTS (SELECT FROM others WHERE lower(user_name) = lower(${user.userName})) AS "userName",
               EXISTS (SELECT FROM others WHERE external_id = ${user.externalId})
               OR EXISTS (SELECT FROM identity i JOIN others o ON o.identity_id = i.id
                          WHERE i.issuer = 'provider:' || ${user.provider}::text AND i.subject = ${user.subject}) AS "externalId"`,
  );

type Kept = {
  id: IdentityId;
  userName: string;
  externalId: string | null;
  active: boolean;
  attributes: unknown;
  at: Date;
};

/** One who was deleted and comes again is the same one. */
export const insertUser = (db: Queryable, user: Kept & { provider: ProviderId }): Promise<number> =>
  run(
    db,
    sql`INSERT INTO scim_user AS u (identity_id, provider_id, user_name, external_id, active, attributes, created_at, updated_at)
        VALUES (${user.id}, ${user.provider}, ${user.userName}, ${user.externalId}, ${user.active}, ${user.attributes}, ${user.at}, ${user.at})
        ON CONFLICT (identity_id) DO UPDATE SET user_name = EXCLUDED.user_name, external_id = EXCLUDED.external_id,
          active = EXCLUDED.active, attributes = EXCLUDED.attributes, version = u.version + 1, created_at = EXCLUDED.created_at,
          updated_at = EXCLUDED.updated_at, deleted_at = NULL, refused_at = NULL WHERE u.deleted_at IS NOT NULL`,
  );

export const updateUser = (db: Queryable, user: Kept): Promise<number> =>
  run(
    db,
    sql`UPDATE scim_user SET user_name = ${user.userName}, external_id = ${user.externalId}, active = ${user.active},
          attributes = ${user.attributes}, version = version + 1, updated_at = ${user.at}
        WHERE identity_id = ${user.id}`,
  );

/** Takes a user out of every group and out of sight; who they are stays known. */
export const markUserDeleted = (db: Queryable, id: IdentityId, at: Date): Promise<number> =>
  run(
    db,
    sql`WITH left_groups AS (DELETE FROM scim_group_member WHERE identity_id = ${id})
        UPDATE scim_user SET deleted_at = ${at}, active = false, version = version + 1, updated_at = ${at} WHERE identity_id = ${id}`,
  );

/** The groups that these users are in. */
export const groupsOfUsers = (
  db: Queryable,
  ids: readonly IdentityId[],
): Promise<{ userId: IdentityId; id: string; displayName: string }[]> =>
  rows(
    db,
    sql`SELECT m.identity_id AS "userId", g.id, g.display_name AS "displayName"
        FROM scim_group_member m JOIN scim_group g ON g.id = m.group_id WHERE m.identity_id = ANY(${ids}::uuid[]) ORDER BY g.id`,
  );

/** Whether a provider's people were ever told by provisioning. */
export const usersEver = async (db: Queryable, provider: ProviderId): Promise<boolean> =>
  (await row(db, sql`SELECT FROM scim_user WHERE provider_id = ${provider} LIMIT 1`)) !== null;
