import type { PersonId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';

/**
 * Of these people those who are in one hand with this person: somebody could act as both. An account is in the hands of
 * whoever made it or a link to it, while no identity provider vouches for its person; a service account in those of its
 * owner, or of the managers of the group that owns it. `madeAccounts`: whether accounts that somebody made count at all.
 */
export async function inOneHand(
  db: Queryable,
  person: PersonId,
  others: readonly PersonId[],
  { madeAccounts }: { madeAccounts: boolean },
): Promise<PersonId[]> {
  const found = await rows<{ id: PersonId }>(
    db,
    sql`WITH RECURSIVE held AS MATERIALIZED (
          SELECT p.id, hand.by FROM person p CROSS JOIN unnest(p.in_hands_of) AS hand(by)
          WHERE ${madeAccounts} AND NOT EXISTS (SELECT FROM identity i WHERE i.person_id = p.id AND i.provider_id IS NOT NULL)
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
