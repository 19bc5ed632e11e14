import type { GroupId, IdentityId, PersonId, ProviderId } from '../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

/** How what providers told about a person stands. */
export type FactsState = {
  /** Nothing that says who they are is young enough: they have to sign in again, unless it can be renewed. */
  aged: boolean;
  /** Identities that gave what has not been told for too long, although the person may go on: that ends. */
  expired: IdentityId[];
  /** Identities that can be renewed, and are old enough for it. */
  due: IdentityId[];
};

/**
 * When a provider's provisioning told something last, for an identity `i` of provider `v` that it keeps: it tells of each
 * change, so that what it told holds as long as changes go on to come in; where one of theirs or of a group of theirs is
 * refused, as long as it had come in. Reading tells us nothing. Where groups come from sign-ins, that goes for who has none by them.
 */
const toldByProvisioning = sql`
  (SELECT least(max(t.told_at), max(u.refused_at),
                (SELECT min(g.refused_at) FROM scim_group_member s JOIN scim_group g ON g.id = s.group_id WHERE s.identity_id = i.id))
     FROM scim_token t JOIN scim_user u ON u.identity_id = i.id AND u.deleted_at IS NULL
    WHERE t.provider_id = v.id AND t.revoked_at IS NULL
      AND (v.settings ->> 'groupsFrom' = 'scim' OR cardinality(i.groups) + cardinality(i.roles) = 0)
    HAVING max(t.told_at) IS NOT NULL)`;

/**
 * The identities for which `which` holds, each with its age: a local one has none. Groups and roles that came with sign-ins
 * have one of their own each, as a sign-in may say who somebody is and nothing of these.
 */
const identities = (which: Statement, at: Date): Statement => {
  const oldest = sql`${at}::timestamptz - make_interval(hours => v.max_age_hours)`;
  return sql`
  SELECT i.id,
         v.id IS NOT NULL AND told.at <= ${oldest} AS stale,
         v.id IS NOT NULL AND cardinality(i.groups) > 0 AND v.settings ->> 'groupsFrom' IS DISTINCT FROM 'scim'
           AND coalesce(i.groups_at, '-infinity') <= ${oldest} AS groups_old,
         v.id IS NOT NULL AND cardinality(i.roles) > 0 AND coalesce(i.roles_at, '-infinity') <= ${oldest} AS roles_old,
         v.enabled AND (i.refresh_sealed IS NOT NULL OR v.kind = 'ldap')
           -- One that is being renewed just now counts: whoever needs it waits for that.
           AND (i.renew_after IS NULL OR i.renew_after <= ${at})
           AND told.at <= ${at}::timestamptz - make_interval(mins => v.max_age_hours * 30) AS due,
         i.mapped_role IS NOT NULL
           OR EXISTS (SELECT FROM membership m WHERE m.person_id = i.person_id AND m.source = 'provider:' || v.id::text) AS gives
  FROM identity i LEFT JOIN identity_provider v ON v.id = i.provider_id
  CROSS JOIN LATERAL (SELECT coalesce(greatest(i.facts_at, ${toldByProvisioning}), '-infinity') AS at) told
  WHERE ${which}`;
};

const ofPerson = (person: Statement): Statement => sql`i.person_id = ${person}`;

/** Of such an identity `f`: whether something that it gave has to end. */
const ENDS = sql`((f.stale AND f.gives) OR f.groups_old OR f.roles_old)`;

/**
 * The state of a person's facts as a value inside a statement that is run anyhow. Whoever has no identity, such as a service
 * account, has nothing that could age.
 */
export const factsState = (person: Statement, at: Date): Statement => sql`
  (SELECT json_build_object(
     'aged', coalesce(bool_and(f.stale), false),
     'expired', coalesce(json_agg(f.id) FILTER (WHERE ${ENDS}), '[]'),
     'due', coalesce(json_agg(f.id) FILTER (WHERE f.due), '[]'))
   FROM (${identities(ofPerson(person), at)}) f)`;

/** Whether a person has anything that was not told for too long, as a condition: they may have less than what stands there. */
export const factsInDoubt = (person: Statement, at: Date): Statement =>
  sql`(SELECT coalesce(bool_and(f.stale) OR bool_or(${ENDS}), false) FROM (${identities(ofPerson(person), at)}) f)`;

export const factsOfPerson = async (db: Queryable, person: PersonId, at: Date): Promise<FactsState> =>
  (await row<{ facts: FactsState }>(db, sql`SELECT ${factsState(sql`${person}::uuid`, at)} AS facts`))?.facts ?? {
    aged: true,
    expired: [],
    due: [],
  };

/** When one provider told what it knows of a person, each part by itself; null for what it did not tell, or has no age of its own. */
export type Ages = {
  provider: string;
  maxAgeHours: number;
  /** Who somebody is, by a sign-in or a renewal. */
  factsAt: Date | null;
  groupsAt: Date | null;
  rolesAt: Date | null;
  /** The last that its provisioning told, and since when something of it is refused. */
  toldAt: Date | null;
  refusedAt: Date | null;
  /** How old what provisioning keeps is; null where it counts for nothing. */
  provisionedAt: Date | null;
};

/** The ages of what every provider told of a person, by its name. Groups and roles have one where some came, or another than the rest. */
export const agesOf = (db: Queryable, person: PersonId): Promise<Ages[]> =>
  rows(
    db,
    sql`SELECT v.name AS provider, v.max_age_hours AS "maxAgeHours", i.facts_at AS "factsAt",
          CASE WHEN v.settings ->> 'groupsFrom' IS DISTINCT FROM 'scim'
            AND (cardinality(i.groups) > 0 OR i.groups_at <> i.facts_at) THEN i.groups_at END AS "groupsAt",
          CASE WHEN cardinality(i.roles) > 0 OR i.roles_at <> i.facts_at THEN i.roles_at END AS "rolesAt",
          (SELECT max(t.told_at) FROM scim_token t JOIN scim_user u ON u.identity_id = i.id AND u.deleted_at IS NULL
            WHERE t.provider_id = v.id AND t.revoked_at IS NULL) AS "toldAt",
          least((SELECT u.refused_at FROM scim_user u WHERE u.identity_id = i.id AND u.deleted_at IS NULL),
                (SELECT min(g.refused_at) FROM scim_group_member s JOIN scim_group g ON g.id = s.group_id
                  WHERE s.identity_id = i.id)) AS "refusedAt",
          ${toldByProvisioning} AS "provisionedAt"
        FROM identity i JOIN identity_provider v ON v.id = i.provider_id
        WHERE i.person_id = ${person} ORDER BY v.name, i.id`,
  );

/** What of an identity is too old: everything that it brought, or a part. */
export type OldParts = { everything: boolean; groups: boolean; roles: boolean };

export const oldParts = (db: Queryable, identity: IdentityId, at: Date): Promise<OldParts | null> =>
  row(
    db,
    sql`SELECT f.stale AS everything, f.groups_old AS groups, f.roles_old AS roles
        FROM (${identities(sql`i.id = ${identity}`, at)}) f`,
  );

export type Renewable = { id: IdentityId; providerId: ProviderId; subject: string; refreshSealed: Buffer | null };

/** Takes the renewal of an identity for this node until then; null where another one has it. */
export const claimRenewal = (db: Queryable, identity: IdentityId, at: Date, until: Date): Promise<Renewable | null> =>
  row(
    db,
    sql`UPDATE identity SET renewing_until = ${until}
        WHERE id = ${identity} AND provider_id IS NOT NULL
          AND (renewing_until IS NULL OR renewing_until <= ${at}) AND (renew_after IS NULL OR renew_after <= ${at})
        RETURNING id, provider_id AS "providerId", subject, refresh_sealed AS "refreshSealed"`,
  );

/** Gives it back; with a time, nobody tries before it. */
export const releaseRenewal = (db: Queryable, identity: IdentityId, notBefore: Date | null): Promise<number> =>
  run(db, sql`UPDATE identity SET renewing_until = NULL, renew_after = ${notBefore} WHERE id = ${identity}`);

/** A refresh token that was given in place of the one before. */
export const keepRefreshToken = (db: Queryable, identity: IdentityId, sealed: Buffer): Promise<number> =>
  run(db, sql`UPDATE identity SET refresh_sealed = ${sealed} WHERE id = ${identity}`);

/** A refresh token that the provider does not take any more. */
export const forgetRefreshToken = (db: Queryable, identity: IdentityId): Promise<number> =>
  run(db, sql`UPDATE identity SET refresh_sealed = NULL WHERE id = ${identity}`);

/** Groups, roles or both that an identity brought count no more; who it is stays. */
export const forgetTold = (
  db: Queryable,
  identity: IdentityId,
  what: Pick<OldParts, 'groups' | 'roles'>,
): Promise<number> =>
  run(
    db,
    sql`UPDATE identity SET groups = CASE WHEN ${what.groups} THEN '{}' ELSE groups END,
          roles = CASE WHEN ${what.roles} THEN '{}' ELSE roles END
        WHERE id = ${identity}`,
  );

/** Takes a person out of all that a provider brought them into; gives these groups. */
export const leaveProviderGroups = (
  db: Queryable,
  person: PersonId,
  provider: ProviderId,
): Promise<{ groupId: GroupId }[]> =>
  rows(
    db,
    sql`DELETE FROM membership WHERE person_id = ${person} AND source = 'provider:' || ${provider}::text
        RETURNING group_id AS "groupId"`,
  );

/** The oldest that can be renewed and are old enough for it, of people who count. */
export const dueRenewals = async (db: Queryable, at: Date, limit: number): Promise<IdentityId[]> => {
  const found = await rows<{ id: IdentityId }>(
    db,
    sql`SELECT i.id FROM identity i
        JOIN identity_provider v ON v.id = i.provider_id AND v.enabled
        JOIN person p ON p.id = i.person_id AND p.status = 'active'
        WHERE (i.refresh_sealed IS NOT NULL OR v.kind = 'ldap')
          AND (i.renewing_until IS NULL OR i.renewing_until <= ${at})
          AND (i.renew_after IS NULL OR i.renew_after <= ${at})
          AND greatest(i.facts_at, ${toldByProvisioning}) <= ${at}::timestamptz - make_interval(mins => v.max_age_hours * 30)
        ORDER BY i.facts_at LIMIT ${limit}`,
  );
  return found.map(({ id }) => id);
};
