import type { PersonId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';
import type { NamePosition } from './actor.ts';
import { likeOf, unowned, type Unowned } from './oversight.sql.ts';
import { seats } from './rules.sql.ts';

export type ServiceAccountRow = {
  id: PersonId;
  name: string;
  description: string;
  status: 'active' | 'deactivated';
  ownerKind: 'person' | 'group';
  ownerId: string;
  ownerName: string | null;
  unowned: Unowned | null;
  /** Whether the one who asks owns it, or manages the group that does. */
  own: boolean;
  groups: { id: string; name: string }[];
  keys: number;
  lastUsedAt: Date | null;
  createdAt: Date;
};

/** Service accounts by name. `ownOf`: whose they are marked for; with `ownOnly` nobody else's. */
export const serviceAccounts = (
  db: Queryable,
  at: Date,
  wanted: {
    ownOf: PersonId;
    ownOnly: boolean;
    id: PersonId | null;
    find: string;
    unownedOnly: boolean;
    after: NamePosition | null;
    limit: number;
  },
): Promise<ServiceAccountRow[]> =>
  rows(
    db,
    sql`${seats('everybody', at)},
      listed AS (
        SELECT p.id, p.name, a.description, p.status, a.owner_kind AS "ownerKind", a.owner_id AS "ownerId",
               coalesce(o.name, g.name) AS "ownerName", ${unowned(sql`a.owner_kind`, sql`a.owner_id`)} AS unowned,
               CASE a.owner_kind WHEN 'person' THEN a.owner_id = ${wanted.ownOf}
                 ELSE EXISTS (SELECT FROM seat t WHERE t.group_id = a.owner_id AND t.person_id = ${wanted.ownOf} AND t.manager)
               END AS own,
               (SELECT coalesce(json_agg(json_build_object('id', m.id, 'name', m.name) ORDER BY m.name), '[]')
                  FROM (SELECT DISTINCT q.id, q.name FROM membership r JOIN access_group q ON q.id = r.group_id
                        WHERE r.person_id = p.id) m) AS groups,
               (SELECT count(*)::int FROM api_key k WHERE k.person_id = p.id AND k.revoked_at IS NULL AND k.expires_at > ${at}) AS keys,
               (SELECT max(k.last_used_at) FROM api_key k WHERE k.person_id = p.id) AS "lastUsedAt",
               p.created_at AS "createdAt"
        FROM service_account a JOIN person p ON p.id = a.person_id
        LEFT JOIN person o ON a.owner_kind = 'person' AND o.id = a.owner_id
        LEFT JOIN access_group g ON a.owner_kind = 'group' AND g.id = a.owner_id
        WHERE p.name ILIKE ${likeOf(wanted.find)} AND (${wanted.id}::uuid IS NULL OR p.id = ${wanted.id}::uuid))
      SELECT * FROM listed
      WHERE (own OR NOT ${wanted.ownOnly}) AND (NOT ${wanted.unownedOnly} OR unowned IS NOT NULL)
        AND (${wanted.after === null} OR (name, id) > (${wanted.after?.name ?? null}::text, ${wanted.after?.id ?? null}::uuid))
      ORDER BY name, id LIMIT ${wanted.limit}`,
  );
