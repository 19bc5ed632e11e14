import type { IdentityId, PersonId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';
import type { Filter } from './filter.ts';
import { groupCondition } from './filter.sql.ts';

export type GroupRow = {
  id: string;
  externalId: string | null;
  displayName: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

const GROUP = sql`g.id, g.external_id AS "externalId", g.display_name AS "displayName", g.version,
  g.created_at AS "createdAt", g.updated_at AS "updatedAt"`;

export const groupRow = (db: Queryable, provider: ProviderId, id: string): Promise<GroupRow | null> =>
  row(db, sql`SELECT ${GROUP} FROM scim_group g WHERE g.id = ${id} AND g.provider_id = ${provider}`);

export const lockedGroupRow = (db: Queryable, provider: ProviderId, id: string): Promise<GroupRow | null> =>
  row(db, sql`SELECT ${GROUP} FROM scim_group g WHERE g.id = ${id} AND g.provider_id = ${provider} FOR UPDATE`);

export const countGroups = async (db: Queryable, provider: ProviderId, filter: Filter | null): Promise<number> =>
  (
    await row<{ count: number }>(
      db,
      sql`SELECT count(*)::int AS count FROM scim_group g WHERE g.provider_id = ${provider} AND ${groupCondition(filter)}`,
    )
  )?.count ?? 0;

/** Groups in the order of their ids, `limit` after the first `skip`, each with how many members it has. */
export const pageOfGroups = (
  db: Queryable,
  provider: ProviderId,
  filter: Filter | null,
  page: { skip: number; limit: number },
): Promise<(GroupRow & { size: number })[]> =>
  rows(
    db,
    sql`SELECT ${GROUP}, (SELECT count(*)::int FROM scim_group_member m WHERE m.group_id = g.id) AS size
        FROM scim_group g WHERE g.provider_id = ${provider} AND ${groupCondition(filter)}
        ORDER BY g.id OFFSET ${page.skip} LIMIT ${page.limit}`,
  );

export type MemberRow = { groupId: string; id: IdentityId; name: string };

export const membersOfGroups = (db: Queryable, groups: readonly string[]): Promise<MemberRow[]> =>
  rows(
    db,
    sql`SELECT m.group_id AS "groupId", u.identity_id AS id, coalesce(u.attributes ->> 'displayName', u.user_name) AS name
        FROM scim_group_member m JOIN scim_user u ON u.identity_id = m.identity_id
        WHERE m.group_id = ANY(${groups}::uuid[]) AND u.deleted_at IS NULL ORDER BY u.identity_id`,
  );

type Kept = { id: string; externalId: string | null; displayName: string; at: Date };

export const insertGroup = (db: Queryable, group: Kept & { provider: ProviderId }): Promise<number> =>
  run(
    db,
    sql`INSERT INTO scim_group (id, provider_id, external_id, display_name, created_at, updated_at)
        VALUES (${group.id}, ${group.provider}, ${group.externalId}, ${group.displayName}, ${group.at}, ${group.at})`,
  );

export const updateGroup = (db: Queryable, group: Kept): Promise<number> =>
  run(
    db,
    sql`UPDATE scim_group SET external_id = ${group.externalId}, display_name = ${group.displayName}, version = version + 1,
          updated_at = ${group.at}
        WHERE id = ${group.id}`,
  );

export const deleteGroupRow = (db: Queryable, id: string): Promise<number> =>
  run(db, sql`DELETE FROM scim_group WHERE id = ${id}`);

/** Whether another group has this external id already, or this name where neither has one. */
export const groupTaken = async (
  db: Queryable,
  group: { provider: ProviderId; externalId: string | null; displayName: string; except: string | null },
): Promise<boolean> =>
  (await row(
    db,
    sql`SELECT FROM scim_group g WHERE g.provider_id = ${group.provider} AND g.id IS DISTINCT FROM ${group.except}::uuid
          AND CASE WHEN ${group.externalId}::text IS NULL
                THEN g.external_id IS NULL AND lower(g.display_name) = lower(${group.displayName})
                ELSE g.external_id = ${group.externalId} END
        LIMIT 1`,
  )) !== null;

export type MemberIdentity = { id: IdentityId; personId: PersonId };

/** Locks the identities of a group's members and of these, always in the same order, so that no sign-on reads what is just changing. */
export const lockMembers = (db: Queryable, group: string, ids: readonly IdentityId[]): Promise<MemberIdentity[]> =>
  rows(
    db,
    sql`SELECT i.id, i.person_id AS "personId" FROM identity i
        WHERE i.id = ANY(${ids}::uuid[]) OR i.id IN (SELECT identity_id FROM scim_group_member WHERE group_id = ${group})
        ORDER BY i.id FOR UPDATE OF i`,
  );

/** How many of these are users of the provider. */
export const countKnown = async (db: Queryable, provider: ProviderId, ids: readonly IdentityId[]): Promise<number> =>
  (
    await row<{ count: number }>(
      db,
      sql`SELECT count(*)::int AS count FROM scim_user
          WHERE identity_id = ANY(${ids}::uuid[]) AND provider_id = ${provider} AND deleted_at IS NULL`,
    )
  )?.count ?? 0;

/** Gives those who were none before. */
export const addMembers = (db: Queryable, group: string, ids: readonly IdentityId[]): Promise<{ id: IdentityId }[]> =>
  rows(
    db,
    sql`INSERT INTO scim_group_member (group_id, identity_id) SELECT ${group}::uuid, t.id FROM unnest(${ids}::uuid[]) AS t (id)
        ON CONFLICT DO NOTHING RETURNING identity_id AS id`,
  );

/** Gives those who were members. */
export const removeMembers = (
  db: Queryable,
  group: string,
  ids: readonly IdentityId[],
): Promise<{ id: IdentityId }[]> =>
  rows(
    db,
    sql`DELETE FROM scim_group_member WHERE group_id = ${group} AND identity_id = ANY(${ids}::uuid[]) RETURNING identity_id AS id`,
  );

/** All but these go. Gives those who went. */
export const keepMembers = (db: Queryable, group: string, ids: readonly IdentityId[]): Promise<{ id: IdentityId }[]> =>
  rows(
    db,
    sql`DELETE FROM scim_group_member WHERE group_id = ${group} AND NOT (identity_id = ANY(${ids}::uuid[])) RETURNING identity_id AS id`,
  );
