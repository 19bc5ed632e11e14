import type { GroupId, IdentityId, PersonId, ProviderId } from '../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

/** How what providers told about a person stands. */
export type FactsState = {
  /** Nothing that says who they are is young enough: they have to sign in again, unless it can be renewed. */
  aged: boolean;
  /** Identities whose facts are too old although another one is not: what these gave ends. */
  expired: IdentityId[];
  /** Identities that can be renewed, and are old enough for it. */
  due: IdentityId[];
};

/**
 * When a provider's provisioning was heard of last, for an identity `i` of provider `v` that it keeps: it tells of each change,
 * so that what it told holds as long as it speaks at all. Where groups come from sign-ins, that goes for who has none by them.
 */
const heardAt = sql`
  (SELECT max(t.last_used_at) FROM scim_token t JOIN scim_user u ON u.identity_id = i.id AND u.deleted_at IS NULL
    WHERE t.provider_id = v.id AND t.revoked_at IS NULL
      AND (v.settings ->> 'groupsFrom' = 'scim' OR cardinality(i.groups) + cardinality(i.roles) = 0))`;

/** Each identity of `person` (an expression) with its age: a local one has none. */
const identities = (person: Statement, at: Date): Statement => sql`
  SELECT i.id,
         v.id IS NOT NULL AND told.at <= ${at}::timestamptz - make_interval(hours => v.max_age_hours) AS stale,
         v.enabled AND (i.refresh_sealed IS NOT NULL OR v.kind = 'ldap')
           -- One that is being renewed just now counts: whoever needs it waits for that.
           AND (i.renew_after IS NULL OR i.renew_after <= ${at})
           AND told.at <= ${at}::timestamptz - make_interval(mins => v.max_age_hours * 30) AS due,
         i.mapped_role IS NOT NULL
           OR EXISTS (SELECT FROM membership m WHERE m.person_id = i.person_id AND m.source = 'provider:' || v.id::text) AS gives
  FROM identity i LEFT JOIN identity_provider v ON v.id = i.provider_id
  CROSS JOIN LATERAL (SELECT coalesce(greatest(i.facts_at, ${heardAt}), '-infinity') AS at) told
  WHERE i.person_id = ${person}`;

/**
 * The state of a person's facts as a value inside a statement that is run anyhow. Whoever has no identity, such as a service
 * account, has nothing that could age.
 */
export const factsState = (person: Statement, at: Date): Statement => sql`
  (SELECT json_build_object(
     'aged', coalesce(bool_and(f.stale), false),
     'expired', coalesce(json_agg(f.id) FILTER (WHERE f.stale AND f.gives), '[]'),
     'due', coalesce(json_agg(f.id) FILTER (WHERE f.due), '[]'))
   FROM (${identities(person, at)}) f)`;

/** Whether nothing about a person is young enough, as a condition. */
export const isAged = (person: Statement, at: Date): Statement =>
  sql`(SELECT coalesce(bool_and(f.stale), false) FROM (${identities(person, at)}) f)`;

export const factsOfPerson = async (db: Queryable, person: PersonId, at: Date): Promise<FactsState> =>
  (await row<{ facts: FactsState }>(db, sql`SELECT ${factsState(sql`${person}::uuid`, at)} AS facts`))?.facts ?? {
    aged: true,
    expired: [],
    due: [],
  };

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

/** A refresh token that the provider does not take any more. */
export const forgetRefreshToken = (db: Queryable, identity: IdentityId): Promise<number> =>
  run(db, sql`UPDATE identity SET refresh_sealed = NULL WHERE id = ${identity}`);

/** What an identity brought counts no more; who it is stays. Gives the groups that it had given. */
export const forgetTold = (db: Queryable, identity: IdentityId): Promise<{ groupId: GroupId }[]> =>
  rows(
    db,
    sql`WITH told AS (
          UPDATE identity SET groups = '{}', roles = '{}' WHERE id = ${identity} AND provider_id IS NOT NULL
          RETURNING person_id, provider_id)
        DELETE FROM membership m USING told t WHERE m.person_id = t.person_id AND m.source = 'provider:' || t.provider_id::text
        RETURNING m.group_id AS "groupId"`,
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
          AND greatest(i.facts_at, ${heardAt}) <= ${at}::timestamptz - make_interval(mins => v.max_age_hours * 30)
        ORDER BY i.facts_at LIMIT ${limit}`,
  );
  return found.map(({ id }) => id);
};
