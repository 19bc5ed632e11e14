import type { GroupId, IdentityId, PersonId, ProviderId } from '../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';
import type { Person, Role } from './person.ts';
import { madeToken, told } from './providers/told.sql.ts';

/** One sign-on of a subject after the other, on every node: two at once would make two people. */
export const lockSubject = (db: Queryable, provider: ProviderId, subject: string): Promise<number> =>
  run(db, sql`SELECT pg_advisory_xact_lock(hashtextextended(${`sign-on:${provider}:${subject}`}, 0))`);

export type KnownIdentity = {
  id: IdentityId;
  disabledAt: Date | null;
  groups: string[];
  roles: string[];
  mappedRole: 'user' | 'admin' | null;
  formerRole: Role | null;
  deactivatedBy: string | null;
  person: Person;
};

const PERSON_JSON = sql`json_build_object('id', p.id, 'name', p.name, 'email', p.email, 'role', p.role, 'status', p.status,
  'language', p.language, 'fromSample', p.from_sample)`;

const KNOWN = sql`i.id, i.disabled_at AS "disabledAt", i.groups, i.roles, i.mapped_role AS "mappedRole",
  i.former_role AS "formerRole", p.deactivated_by AS "deactivatedBy", ${PERSON_JSON} AS person`;

/** Who this subject is here, their row locked; by provider and subject, never by anything else. */
export const identityOf = (db: Queryable, provider: ProviderId, subject: string): Promise<KnownIdentity | null> =>
  row(
    db,
    sql`SELECT ${KNOWN} FROM identity i JOIN person p ON p.id = i.person_id
        WHERE i.provider_id = ${provider} AND i.subject = ${subject} FOR UPDATE`,
  );

/** As `identityOf`, by its own id. */
export const identityById = (
  db: Queryable,
  identity: IdentityId,
): Promise<(KnownIdentity & { providerId: ProviderId }) | null> =>
  row(
    db,
    sql`SELECT ${KNOWN}, i.provider_id AS "providerId" FROM identity i JOIN person p ON p.id = i.person_id
        WHERE i.id = ${identity} AND i.provider_id IS NOT NULL FOR UPDATE`,
  );

export const insertPersonRow = (
  db: Queryable,
  person: { id: PersonId; name: string; email: string | null; language: string | null; role: Role },
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO person (id, name, email, language, role)
        VALUES (${person.id}, ${person.name}, ${person.email}, ${person.language}, ${person.role})`,
  );

export const insertIdentity = (
  db: Queryable,
  identity: { id: IdentityId; personId: PersonId; providerId: ProviderId; subject: string },
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO identity (id, person_id, provider_id, issuer, subject)
        VALUES (${identity.id}, ${identity.personId}, ${identity.providerId}, 'provider:' || ${identity.providerId}::text, ${identity.subject})`,
  );

/** What the provider told just now; null keeps what was told before, as old as it is. */
export const storeFacts = (
  db: Queryable,
  told: {
    id: IdentityId;
    email: string | null;
    groups: readonly string[] | null;
    roles: readonly string[] | null;
    refreshSealed: Buffer | null;
    at: Date;
    fresh: boolean;
  },
): Promise<number> =>
  run(
    db,
    sql`UPDATE identity SET email = coalesce(${told.email}, email), groups = coalesce(${told.groups}::text[], groups),
          roles = coalesce(${told.roles}::text[], roles), refresh_sealed = coalesce(${told.refreshSealed}, refresh_sealed),
          groups_at = CASE WHEN ${told.groups}::text[] IS NULL THEN groups_at ELSE ${told.at} END,
          roles_at = CASE WHEN ${told.roles}::text[] IS NULL THEN roles_at ELSE ${told.at} END,
          facts_at = CASE WHEN ${told.fresh} THEN ${told.at} ELSE facts_at END, confirmed_at = ${told.at}
        WHERE id = ${told.id}`,
  );

/** Name, address and language as attributes; one that was not told stays. The address before is kept, to find look-alikes by. */
export const storeAttributes = (
  db: Queryable,
  person: { id: PersonId; name: string | null; email: string | null; language: string | null },
): Promise<number> =>
  run(
    db,
    sql`WITH former AS (
          INSERT INTO former_email (person_id, email)
          SELECT id, email FROM person WHERE id = ${person.id} AND lower(email) <> lower(${person.email})
          ON CONFLICT DO NOTHING)
        UPDATE person SET name = coalesce(${person.name}, name), email = coalesce(${person.email}, email),
          language = coalesce(language, ${person.language})
        WHERE id = ${person.id}`,
  );

export const setDisabled = (db: Queryable, identity: IdentityId, at: Date | null): Promise<number> =>
  run(db, sql`UPDATE identity SET disabled_at = ${at} WHERE id = ${identity}`);

/** Ends a person's access everywhere, as deactivating by hand does, and says who did it. Zero where it had ended already. */
export const closeAccess = async (db: Queryable, person: PersonId, by: string, at: Date): Promise<number> => {
  const closed = await run(
    db,
    sql`UPDATE person SET status = 'deactivated', deactivated_at = ${at}, deactivated_by = ${by}
        WHERE id = ${person} AND status = 'active'`,
  );
  if (closed === 0) return 0;
  await run(
    db,
    sql`WITH sessions AS (DELETE FROM session WHERE person_id = ${person}),
          links AS (DELETE FROM one_time_link WHERE person_id = ${person} AND used_at IS NULL)
        UPDATE api_key SET revoked_at = ${at} WHERE person_id = ${person} AND revoked_at IS NULL`,
  );
  return closed;
};

/** Lets a person in again whom this one had shut out. Zero where a hand or somebody else did, or another identity is still disabled. */
export const reopenAccess = (db: Queryable, person: PersonId, by: string): Promise<number> =>
  run(
    db,
    sql`UPDATE person SET status = 'active', deactivated_at = NULL, deactivated_by = NULL
        WHERE id = ${person} AND status = 'deactivated' AND deactivated_by = ${by}
          AND NOT EXISTS (SELECT FROM identity i WHERE i.person_id = ${person} AND i.disabled_at IS NOT NULL)`,
  );

export const setRole = (db: Queryable, person: PersonId, role: Role): Promise<number> =>
  run(db, sql`UPDATE person SET role = ${role} WHERE id = ${person}`);

export const setMappedRole = (
  db: Queryable,
  identity: IdentityId,
  mapped: 'user' | 'admin' | null,
  former: Role | null,
): Promise<number> =>
  run(db, sql`UPDATE identity SET mapped_role = ${mapped}, former_role = ${former} WHERE id = ${identity}`);

/** Whether only these people administer; the administrators' rows locked, so that two changes cannot take each other's last one. */
export const onlyTheseAdminister = async (db: Queryable, people: readonly PersonId[]): Promise<boolean> => {
  const found = await rows<{ id: PersonId }>(
    db,
    sql`SELECT id FROM person WHERE role = 'admin' AND status = 'active' ORDER BY id FOR UPDATE`,
  );
  return found.length > 0 && found.every(({ id }) => people.includes(id));
};

// What mappings make of what was told: the one place that knows how an allow-list is read. Nobody has anything of their own.
const mapped = (provider: ProviderId): Statement => sql`
  SELECT t.identity_id, t.person_id, t.told_as, m.group_id, m.role FROM (${told(provider)}) t
  JOIN group_mapping m ON m.provider_id = ${provider} AND m.told_as = t.told_as AND m.external_id = t.external_id
    AND m.added_by IS DISTINCT FROM t.person_id`;

/** Of a row `t` of `mapped`: whether provisioning tells it of somebody who made a token of it. They keep by it what they have, and gain nothing. */
const forOneself = (provider: ProviderId): Statement => sql`
  (t.told_as = 'group' AND ${madeToken(provider, sql`t.person_id`)}
    AND EXISTS (SELECT FROM identity_provider v WHERE v.id = ${provider} AND v.settings ->> 'groupsFrom' = 'scim'))`;

/** Of the same row, with its identity `i`: whether its role is no more than mappings give already. */
const NO_MORE_THAN_NOW = sql`coalesce(t.role >= i.mapped_role, false)`;

/** The highest role that mappings give an identity. */
export const mappedRole = async (
  db: Queryable,
  provider: ProviderId,
  identity: IdentityId,
): Promise<'user' | 'admin' | null> => {
  const found = await row<{ role: 'user' | 'admin' | null }>(
    db,
    sql`SELECT min(t.role) AS role FROM (${mapped(provider)}) t JOIN identity i ON i.id = t.identity_id
        WHERE t.identity_id = ${identity} AND t.role IS NOT NULL AND (${NO_MORE_THAN_NOW} OR NOT ${forOneself(provider)})`,
  );
  return found?.role ?? null;
};

export type MembershipChange = { personId: PersonId; groupId: GroupId; came: boolean };

/**
 * Brings the memberships that come from a provider in line with what it told, for these or (null) all of its people.
 * Those made by hand or brought by others are not touched. While a provider is in somebody's hands unconfirmed it brings
 * nobody into a group: they would write themself into it as anybody. Gives what changed.
 */
export const syncMemberships = (
  db: Queryable,
  provider: ProviderId,
  people: readonly PersonId[] | null,
): Promise<MembershipChange[]> =>
  rows(
    db,
    sql`WITH told AS (
          SELECT t.person_id, t.group_id, bool_and(${forOneself(provider)}) AS for_oneself FROM (${mapped(provider)}) t
          WHERE t.group_id IS NOT NULL AND (${people}::uuid[] IS NULL OR t.person_id = ANY(${people}::uuid[]))
          GROUP BY t.person_id, t.group_id),
        gone AS (
          DELETE FROM membership s WHERE s.source = 'provider:' || ${provider}::text
            AND (${people}::uuid[] IS NULL OR s.person_id = ANY(${people}::uuid[]))
            AND NOT EXISTS (SELECT FROM told t WHERE t.person_id = s.person_id AND t.group_id = s.group_id)
          RETURNING s.person_id, s.group_id),
        came AS (
          INSERT INTO membership (group_id, person_id, source)
          SELECT group_id, person_id, 'provider:' || ${provider}::text FROM told WHERE NOT for_oneself
            AND NOT EXISTS (SELECT FROM identity_provider v WHERE v.id = ${provider} AND cardinality(v.in_hands_of) > 0)
          ON CONFLICT DO NOTHING RETURNING person_id, group_id)
        SELECT person_id AS "personId", group_id AS "groupId", false AS came FROM gone
        UNION ALL SELECT person_id, group_id, true FROM came ORDER BY 1, 2`,
  );

export type Withheld = { personId: PersonId; groups: GroupId[]; role: 'user' | 'admin' | null };

/** What provisioning tells of these people and does not give them, since they made a token of it. */
export const withheldFrom = (db: Queryable, provider: ProviderId, people: readonly PersonId[]): Promise<Withheld[]> =>
  rows(
    db,
    sql`SELECT t.person_id AS "personId", min(t.role) AS role,
               coalesce(array_agg(DISTINCT t.group_id) FILTER (WHERE t.group_id IS NOT NULL), '{}') AS groups
        FROM (${mapped(provider)}) t JOIN identity i ON i.id = t.identity_id
        WHERE t.person_id = ANY(${people}::uuid[]) AND ${forOneself(provider)} AND NOT ${NO_MORE_THAN_NOW}
          AND NOT EXISTS (SELECT FROM membership m WHERE m.group_id = t.group_id AND m.person_id = t.person_id
                          AND m.source = 'provider:' || ${provider}::text)
        GROUP BY t.person_id ORDER BY t.person_id`,
  );

/** Whether it was this provider that ended the access of somebody who made a token of its provisioning. */
export const wouldReopenOneself = async (db: Queryable, provider: ProviderId, person: PersonId): Promise<boolean> =>
  (await row(
    db,
    sql`SELECT FROM person p WHERE p.id = ${person} AND p.status = 'deactivated'
          AND p.deactivated_by = 'provider:' || ${provider}::text AND ${madeToken(provider, sql`p.id`)}`,
  )) !== null;

/** Whose Teams account this is already; null where it was linked to this person just now, was theirs, or was unlinked by hand. */
export const linkTeamsAccount = async (
  db: Queryable,
  account: { id: string; tid: string; oid: string; personId: PersonId; name: string },
): Promise<{ linked: boolean; other: PersonId | null }> => {
  const linked = await run(
    db,
    sql`INSERT INTO chat_account (id, surface, tenant_id, external_id, person_id, name)
        SELECT ${account.id}::uuid, 'teams', ${account.tid}::text, ${account.oid}::text, ${account.personId}::uuid, ${account.name}::text
        WHERE NOT EXISTS (
          SELECT FROM chat_unlinked u WHERE u.surface = 'teams' AND u.tenant_id = ${account.tid}
            AND u.external_id = ${account.oid} AND u.person_id = ${account.personId})
        ON CONFLICT (surface, tenant_id, external_id) DO NOTHING`,
  );
  const found = await row<{ personId: PersonId }>(
    db,
    sql`SELECT person_id AS "personId" FROM chat_account
        WHERE surface = 'teams' AND tenant_id = ${account.tid} AND external_id = ${account.oid}`,
  );
  const other = found && found.personId !== account.personId ? found.personId : null;
  return { linked: linked === 1, other };
};
