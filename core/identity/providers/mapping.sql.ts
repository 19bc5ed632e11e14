import type { GroupId, IdentityId, PersonId, ProviderId } from '../../ids.ts';
import { rows, run, sql, type Queryable } from '../../storage/sql.ts';
import type { Person, Role } from '../person.ts';
import { told } from './told.sql.ts';

export type MappingRow = {
  id: string;
  toldAs: 'group' | 'role';
  externalId: string;
  label: string;
  groupId: GroupId | null;
  role: 'user' | 'admin' | null;
};

export const mappingsOf = (
  db: Queryable,
  provider: ProviderId,
): Promise<(MappingRow & { groupName: string | null; addedBy: PersonId | null; addedByName: string | null })[]> =>
  rows(
    db,
    sql`SELECT m.id, m.told_as AS "toldAs", m.external_id AS "externalId", m.label, m.group_id AS "groupId",
               g.name AS "groupName", m.role, m.added_by AS "addedBy", p.name AS "addedByName"
        FROM group_mapping m LEFT JOIN access_group g ON g.id = m.group_id LEFT JOIN person p ON p.id = m.added_by
        WHERE m.provider_id = ${provider} ORDER BY lower(m.label), m.external_id, g.name, m.role`,
  );

/** Zero where it is there already. */
export const insertMapping = (db: Queryable, mapping: MappingRow & { providerId: ProviderId }): Promise<number> =>
  run(
    db,
    sql`INSERT INTO group_mapping (id, provider_id, told_as, external_id, label, group_id, role)
        VALUES (${mapping.id}, ${mapping.providerId}, ${mapping.toldAs}, ${mapping.externalId}, ${mapping.label},
                ${mapping.groupId}, ${mapping.role})
        ON CONFLICT DO NOTHING`,
  );

/** Who added a mapping, from now on: to them it gives nothing. */
export const signMapping = (db: Queryable, id: string, by: PersonId | null): Promise<number> =>
  run(db, sql`UPDATE group_mapping SET added_by = ${by} WHERE id = ${id}`);

export const deleteMapping = (db: Queryable, provider: ProviderId, id: string): Promise<number> =>
  run(db, sql`DELETE FROM group_mapping WHERE provider_id = ${provider} AND id = ${id}`);

export const groupExists = async (db: Queryable, group: GroupId): Promise<boolean> =>
  (await rows(db, sql`SELECT FROM access_group WHERE id = ${group}`)).length > 0;

export type MappedIdentity = {
  id: IdentityId;
  mappedRole: 'user' | 'admin' | null;
  formerRole: Role | null;
  person: Person;
};

/** The identities, of these people or (null) all, whose role a sync may touch: with a mapped role, or told one that is mapped now. */
export const identitiesWithRoles = (
  db: Queryable,
  provider: ProviderId,
  people: readonly PersonId[] | null,
): Promise<MappedIdentity[]> =>
  rows(
    db,
    sql`SELECT i.id, i.mapped_role AS "mappedRole", i.former_role AS "formerRole",
               json_build_object('id', p.id, 'name', p.name, 'email', p.email, 'role', p.role, 'status', p.status,
                                 'language', p.language, 'fromSample', p.from_sample) AS person
        FROM identity i JOIN person p ON p.id = i.person_id
        WHERE i.provider_id = ${provider} AND (${people}::uuid[] IS NULL OR i.person_id = ANY(${people}::uuid[]))
          AND (i.mapped_role IS NOT NULL OR i.id IN (
            SELECT t.identity_id FROM (${told(provider)}) t JOIN group_mapping m ON m.provider_id = ${provider}
              AND m.role IS NOT NULL AND m.told_as = t.told_as AND m.external_id = t.external_id))
        ORDER BY i.id FOR UPDATE`,
  );
