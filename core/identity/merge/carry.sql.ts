import type { KnownIdentity } from '../sign-on.sql.ts';
import { endWithGrants, livingBreakGlasses } from '../../access/break-glass/end.sql.ts';
import type { IdentityId, PersonId, ProviderId } from '../../ids.ts';
import { rows, run, sql, type Queryable } from '../../storage/sql.ts';
import type { Role } from '../person.ts';

type Pair = { kept: PersonId; joining: PersonId };

export type Brought = Pick<KnownIdentity, 'id' | 'mappedRole' | 'formerRole'> & {
  personId: PersonId;
  providerId: ProviderId;
  subject: string;
};

/** The identities of both from providers. */
export const identitiesOfBoth = (db: Queryable, { kept, joining }: Pair): Promise<Brought[]> =>
  rows(
    db,
    sql`SELECT id, person_id AS "personId", provider_id AS "providerId", subject, mapped_role AS "mappedRole",
          former_role AS "formerRole" FROM identity
        WHERE person_id IN (${kept}, ${joining}) AND provider_id IS NOT NULL ORDER BY provider_id, subject`,
  );

/** Rows of both, in the order in which a sign-on locks them too. */
export const lockIdentities = (db: Queryable, { kept, joining }: Pair): Promise<{ id: IdentityId }[]> =>
  rows(db, sql`SELECT id FROM identity WHERE person_id IN (${kept}, ${joining}) ORDER BY id FOR UPDATE`);

/** Whatever was open with the rights of one alone ends, for both: sessions, links, keys, sign-ins and break-glass. What the one who goes asked for is asked no more. */
export async function endWhatIsOpen(db: Queryable, { kept, joining }: Pair, at: Date): Promise<void> {
  const both = [kept, joining];
  await run(db, sql`DELETE FROM session WHERE person_id = ANY(${both}::uuid[])`);
  await run(db, sql`DELETE FROM one_time_link WHERE person_id = ANY(${both}::uuid[]) AND used_at IS NULL`);
  await run(db, sql`DELETE FROM sign_in_attempt WHERE person_id = ANY(${both}::uuid[]) AND used_at IS NULL`);
  await run(
    db,
    sql`UPDATE api_key SET revoked_at = ${at} WHERE person_id = ANY(${both}::uuid[]) AND revoked_at IS NULL`,
  );
  await run(
    db,
    sql`UPDATE chat_link SET finished_at = ${at} WHERE claimed_by = ANY(${both}::uuid[]) AND finished_at IS NULL`,
  );
  await run(db, sql`DELETE FROM view_as WHERE subject_kind = 'person' AND subject_id = ANY(${both}::uuid[])`);
  await run(
    db,
    sql`UPDATE access_request SET state = 'withdrawn', closed_at = ${at} WHERE person_id = ${joining} AND state = 'open'`,
  );
  await run(db, sql`DELETE FROM chat_notice WHERE person_id = ${joining} AND settled_at IS NULL`);
  await endWithGrants(db, await livingBreakGlasses(db, both, at), { by: null, at });
}

/** How they come in: by all providers of both. A password beside these would be a way in that they do not notice. */
export async function carryIdentities(db: Queryable, { kept, joining }: Pair): Promise<void> {
  const both = [kept, joining];
  await run(db, sql`DELETE FROM password WHERE person_id = ANY(${both}::uuid[])`);
  await run(db, sql`DELETE FROM identity WHERE person_id = ANY(${both}::uuid[]) AND provider_id IS NULL`);
  await run(db, sql`UPDATE identity SET person_id = ${kept} WHERE person_id = ${joining}`);
  await run(db, sql`UPDATE chat_account SET person_id = ${kept} WHERE person_id = ${joining}`);
  // Who made a token or a mapping gains nothing by it, under either name.
  await run(db, sql`UPDATE scim_token SET created_by = ${kept} WHERE created_by = ${joining}`);
  await run(db, sql`UPDATE group_mapping SET added_by = ${kept} WHERE added_by = ${joining}`);
}

/** What the one falls back to once mappings give no role any more. */
export const setFormerRole = (db: Queryable, person: PersonId, former: Role): Promise<number> =>
  run(db, sql`UPDATE identity SET former_role = ${former} WHERE person_id = ${person} AND mapped_role IS NOT NULL`);

/** Whose accounts one of the two made, and to whom they gave rights: the one holds those, and gave these, from now on. */
export async function carryHands(db: Queryable, { kept, joining }: Pair): Promise<void> {
  await run(
    db,
    sql`UPDATE person p SET in_hands_of =
          array(SELECT DISTINCT by FROM unnest(array_replace(p.in_hands_of, ${joining}::uuid, ${kept}::uuid)) AS hand(by)
                WHERE by <> p.id)
        FROM (SELECT id FROM person WHERE ${joining}::uuid = ANY(in_hands_of) ORDER BY id FOR UPDATE) held
        WHERE p.id = held.id`,
  );
  await run(db, sql`UPDATE access_grant SET created_by = ${kept} WHERE created_by = ${joining}`);
}

/** Memberships with their sources, grants, and what they own. Where both have one, neither gains by the other's. */
export async function carryRights(db: Queryable, { kept, joining }: Pair): Promise<void> {
  await run(
    db,
    sql`WITH moved AS (DELETE FROM membership WHERE person_id = ${joining} RETURNING group_id, source, manager, created_at)
        INSERT INTO membership (group_id, person_id, source, manager, created_at)
        SELECT group_id, ${kept}, source, manager, created_at FROM moved
        ON CONFLICT (group_id, person_id, source) DO UPDATE SET manager = membership.manager OR EXCLUDED.manager`,
  );
  // Of two grants on one thing a whole one stays: the other one's only where it is at least as high and lasts at least as long.
  await run(
    db,
    sql`WITH both_of AS (
          SELECT k.id AS ours, j.id AS theirs,
                 array_position(ARRAY['use', 'contribute', 'manage'], j.level)
                   >= array_position(ARRAY['use', 'contribute', 'manage'], k.level)
                 AND coalesce(j.expires_at, 'infinity') >= coalesce(k.expires_at, 'infinity') AS takes
          FROM access_grant k JOIN access_grant j ON j.resource_kind = k.resource_kind
            AND j.resource_id IS NOT DISTINCT FROM k.resource_id AND j.to_kind = 'person' AND j.to_id = ${joining}
          WHERE k.to_kind = 'person' AND k.to_id = ${kept})
        DELETE FROM access_grant g USING both_of b WHERE g.id = CASE WHEN b.takes THEN b.ours ELSE b.theirs END`,
  );
  await run(db, sql`UPDATE access_grant SET to_id = ${kept} WHERE to_kind = 'person' AND to_id = ${joining}`);
  await run(
    db,
    sql`UPDATE knowledge_base SET owner_id = ${kept} WHERE owner_kind = 'person' AND owner_id = ${joining}`,
  );
  await run(
    db,
    sql`UPDATE service_account SET owner_id = ${kept} WHERE owner_kind = 'person' AND owner_id = ${joining}`,
  );
}

/** Conversations; where both took part in one thread, the other's stays by itself. */
export async function carryConversations(db: Queryable, { kept, joining }: Pair): Promise<void> {
  await run(
    db,
    sql`UPDATE conversation c SET thread_key = NULL WHERE c.person_id = ${joining} AND c.thread_key IS NOT NULL
          AND EXISTS (SELECT FROM conversation k WHERE k.person_id = ${kept} AND k.surface = c.surface
                      AND k.thread_key = c.thread_key)`,
  );
  await run(db, sql`UPDATE conversation SET person_id = ${kept} WHERE person_id = ${joining}`);
  await run(
    db,
    sql`WITH moved AS (DELETE FROM knowledge_use WHERE person_id = ${joining} RETURNING knowledge_base_id, day)
        INSERT INTO knowledge_use AS u (knowledge_base_id, person_id, day) SELECT knowledge_base_id, ${kept}, day FROM moved
        ON CONFLICT (knowledge_base_id, person_id) DO UPDATE SET day = greatest(u.day, EXCLUDED.day)`,
  );
}

/** The one of the two who goes stays by name, for what was recorded, and comes in no more; the other has their role from now on. */
export async function closeJoining(db: Queryable, { kept, joining }: Pair, role: Role, at: Date): Promise<void> {
  await run(
    db,
    sql`INSERT INTO former_email (person_id, email)
        SELECT ${kept}::uuid, told.email FROM (
          SELECT email FROM person WHERE id = ${joining} UNION SELECT email FROM former_email WHERE person_id = ${joining}) told
        WHERE told.email IS NOT NULL AND told.email IS DISTINCT FROM (SELECT email FROM person WHERE id = ${kept})
        ON CONFLICT DO NOTHING`,
  );
  await run(
    db,
    sql`UPDATE person k SET role = ${role}, refused_at = NULL, email = coalesce(k.email, j.email),
          language = coalesce(k.language, j.language)
        FROM person j WHERE k.id = ${kept} AND j.id = ${joining}`,
  );
  await run(
    db,
    sql`UPDATE person SET status = 'deactivated', deactivated_at = ${at}, deactivated_by = NULL, role = 'pending',
          email = NULL, merged_into = ${kept} WHERE id = ${joining}`,
  );
  await run(db, sql`UPDATE person SET merged_into = ${kept} WHERE merged_into = ${joining}`);
  await run(
    db,
    sql`WITH gone AS (DELETE FROM people_apart WHERE ${joining} IN (one, other) RETURNING one, other, decided_by, decided_at),
        told AS (SELECT CASE WHEN one = ${joining} THEN other ELSE one END AS third, decided_by, decided_at FROM gone)
        INSERT INTO people_apart (one, other, decided_by, decided_at)
        SELECT least(third, ${kept}), greatest(third, ${kept}), decided_by, decided_at FROM told WHERE third <> ${kept}
        ON CONFLICT DO NOTHING`,
  );
}
