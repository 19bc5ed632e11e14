import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, sql, type Queryable } from '../storage/sql.ts';
import { knowledgeRights } from './rules.sql.ts';
import { LEVEL } from './levels.ts';

export type Management = {
  /** Whether it is theirs or a group's that they manage, and not only given to them. */
  owns: boolean;
  manages: boolean;
  /** When the last right to manage it ends; null: none of them ends by itself. */
  until: Date | null;
};

/** How a person manages a knowledge base when no break-glass counts. */
export const managementForGood = async (
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Management> =>
  (await row<Management>(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)}
      SELECT coalesce(bool_or(r.cause IN ('owner', 'manager_of_owner')), false) AS owns, count(*) > 0 AS manages,
             CASE WHEN bool_or(g.expires_at IS NULL) THEN NULL ELSE max(g.expires_at) END AS until
      FROM knowledge_right r LEFT JOIN access_grant g ON g.id = r.cause_id
      WHERE r.knowledge_base_id = ${knowledgeBase} AND r.level = ${LEVEL.manage}::int`,
  )) ?? { owns: false, manages: false, until: null };

/** When the first of those break-glasses ends that may open this knowledge base to a person; null where there is none. */
export async function openedUntil(
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Date | null> {
  const found = await row<{ until: Date | null }>(
    db,
    sql`SELECT min(ends_at) AS until FROM break_glass
        WHERE person_id = ${person} AND ends_at > ${at}
          AND (resource_kind = 'group' OR (resource_kind = 'knowledge_base' AND resource_id = ${knowledgeBase}))`,
  );
  return found?.until ?? null;
}
