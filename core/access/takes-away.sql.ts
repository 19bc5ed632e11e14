import type { PersonId } from '../ids.ts';
import { rows, sql, type Queryable } from '../storage/sql.ts';
import { modelRights, permissionCauses } from './rules.sql.ts';

export type AllowedElsewhere = { permission: string; people: number; groups: string[] };

/** What other groups than this one allow these people, with how many of them and which groups. */
export const allowedElsewhere = (
  db: Queryable,
  people: readonly PersonId[],
  groupId: string,
  at: Date,
): Promise<AllowedElsewhere[]> =>
  rows(
    db,
    sql`${permissionCauses(people, at)}
      SELECT c.permission, count(DISTINCT c.person_id)::int AS people, array_agg(DISTINCT g.name ORDER BY g.name) AS groups
      FROM permission_cause c JOIN access_group g ON g.id = c.cause_id
      WHERE c.cause = 'group' AND c.effect = 'allow' AND c.cause_id <> ${groupId}
      GROUP BY c.permission ORDER BY c.permission`,
  );

/** The chat models that a person may use and would not any more in a group that insists on these classes. */
export const modelsBeyond = (
  db: Queryable,
  person: PersonId,
  classes: readonly string[],
  at: Date,
): Promise<{ name: string }[]> =>
  rows(
    db,
    sql`${modelRights([person], at)}
      SELECT DISTINCT m.name FROM model_right r JOIN model m ON m.id = r.model_id AND m.kind = 'chat'
      WHERE NOT ${classes}::text[] <@ m.classes ORDER BY m.name`,
  );
