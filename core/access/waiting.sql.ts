import type { PersonId } from '../ids.ts';
import { row, rows, sql, type Queryable, type Statement } from '../storage/sql.ts';

const GROUPS_SHOWN = 50;

export type WaitingRow = {
  id: PersonId;
  name: string;
  email: string | null;
  createdAt: Date;
  refusedAt: Date | null;
  /** What each provider told: its name, the address, the names of groups. None for who was added by hand. */
  told: { provider: string; email: string | null; groups: string[]; at: string | null }[];
};

const WAITING: Statement = sql`p.role = 'pending' AND p.status = 'active' AND p.kind = 'human'`;

const isRefused = (refused: boolean): Statement =>
  refused ? sql`p.refused_at IS NOT NULL` : sql`p.refused_at IS NULL`;

/** Who waits for approval, or (`refused`) was refused it, the longest waiting first. */
export const waitingPeople = (
  db: Queryable,
  wanted: { refused: boolean; after: { at: string; id: string } | null; limit: number },
): Promise<WaitingRow[]> =>
  rows(
    db,
    sql`SELECT p.id, p.name, p.email, p.created_at AS "createdAt", p.refused_at AS "refusedAt",
               coalesce((SELECT json_agg(json_build_object('provider', v.name, 'email', i.email, 'at', i.facts_at,
                   'groups', (SELECT coalesce(json_agg(n.name ORDER BY n.name), '[]') FROM (
                      SELECT coalesce(nullif(g.label, ''), t.id) AS name FROM unnest(i.groups) AS t (id)
                      LEFT JOIN provider_group g ON g.provider_id = v.id AND g.told_as = 'group' AND g.external_id = t.id
                      UNION
                      SELECT s.display_name FROM scim_group_member m JOIN scim_group s ON s.id = m.group_id
                      WHERE m.identity_id = i.id AND v.settings ->> 'groupsFrom' = 'scim'
                      ORDER BY 1 LIMIT ${GROUPS_SHOWN}) n)) ORDER BY v.name)
                 FROM identity i JOIN identity_provider v ON v.id = i.provider_id WHERE i.person_id = p.id), '[]') AS told
        FROM person p
        WHERE ${WAITING} AND ${isRefused(wanted.refused)}
          AND (${wanted.after?.id ?? null}::uuid IS NULL
               OR (date_trunc('milliseconds', p.created_at), p.id) > (${wanted.after?.at ?? null}::timestamptz, ${wanted.after?.id ?? null}::uuid))
        ORDER BY date_trunc('milliseconds', p.created_at), p.id LIMIT ${wanted.limit}`,
  );

export const countWaiting = async (db: Queryable, refused: boolean): Promise<number> =>
  (await row<{ people: number }>(
    db,
    sql`SELECT count(*)::int AS people FROM person p WHERE ${WAITING} AND ${isRefused(refused)}`,
  ))!.people;
