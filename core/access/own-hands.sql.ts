import type { PersonId, ProviderId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';

/**
 * Of these people those who are in one hand with this person: somebody could act as both. An account is in the hands of
 * whoever made it or a link to it, while no identity provider vouches for its person; in those of whoever made a provider of
 * theirs, or changed whom it believes, while nobody else has confirmed it; a service account in those of its owner, or of the
 * managers of the group that owns it. `madeAccounts`: whether accounts and providers that somebody made count at all;
 * `believed`: a provider whose people of before that change are taken for themselves.
 */
export async function inOneHand(
  db: Queryable,
  person: PersonId,
  others: readonly PersonId[],
  { madeAccounts, believed = null }: { madeAccounts: boolean; believed?: ProviderId | null },
): Promise<PersonId[]> {
  const found = await rows<{ id: PersonId }>(
    db,
    sql`WITH RECURSIVE held AS MATERIALIZED (
          SELECT p.id, hand.by FROM person p CROSS JOIN unnest(p.in_hands_of) AS hand(by)
          WHERE ${madeAccounts} AND NOT EXISTS (
            SELECT FROM identity i JOIN identity_provider v ON v.id = i.provider_id
            WHERE i.person_id = p.id AND cardinality(v.in_hands_of) = 0)
          UNION ALL
          SELECT i.person_id, hand.by FROM identity i JOIN identity_provider v ON v.id = i.provider_id
          CROSS JOIN unnest(v.in_hands_of) AS hand(by)
          WHERE ${madeAccounts} AND NOT (v.id IS NOT DISTINCT FROM ${believed}::uuid AND i.created_at < v.in_hands_since)
          UNION ALL
          SELECT person_id, owner_id FROM service_account WHERE owner_kind = 'person'
          UNION ALL
          SELECT s.person_id, m.person_id FROM service_account s
          JOIN membership m ON s.owner_kind = 'group' AND m.group_id = s.owner_id AND m.manager),
        hands(id, by) AS (
          SELECT id, id FROM unnest(${[person, ...others]}::uuid[]) AS asked(id)
          UNION
          SELECT hands.id, held.by FROM hands JOIN held ON held.id = hands.by)
        SELECT DISTINCT theirs.id FROM hands mine JOIN hands theirs ON theirs.by = mine.by
        WHERE mine.id = ${person} AND theirs.id <> ${person} ORDER BY theirs.id`,
  );
  return found.map(({ id }) => id);
}
