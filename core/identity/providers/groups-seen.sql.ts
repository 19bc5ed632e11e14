import type { GroupId, ProviderId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable } from '../../storage/sql.ts';
import { told } from './told.sql.ts';

/** Written at most once a day for each group, or when its label is another. */
export const noteSeen = (
  db: Queryable,
  seen: {
    providerId: ProviderId;
    toldAs: 'group' | 'role';
    ids: readonly string[];
    labels: readonly string[];
    at: Date;
  },
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO provider_group AS g (provider_id, told_as, external_id, label, seen_at)
        SELECT ${seen.providerId}, ${seen.toldAs}, t.id, t.label, ${seen.at}
        FROM unnest(${seen.ids}::text[], ${seen.labels}::text[]) AS t (id, label) ORDER BY t.id
        ON CONFLICT (provider_id, told_as, external_id) DO UPDATE
          SET label = coalesce(nullif(EXCLUDED.label, ''), g.label), seen_at = EXCLUDED.seen_at
          WHERE g.seen_at < EXCLUDED.seen_at - interval '1 day' OR g.label <> coalesce(nullif(EXCLUDED.label, ''), g.label)`,
  );

export type SeenGroup = { toldAs: 'group' | 'role'; externalId: string; label: string; seenAt: Date; people: number };

/** What a provider has named, with how many of its people were in it when they came last. */
export const seenGroups = (db: Queryable, provider: ProviderId): Promise<SeenGroup[]> =>
  rows(
    db,
    sql`SELECT g.told_as AS "toldAs", g.external_id AS "externalId", g.label, g.seen_at AS "seenAt",
               coalesce(t.people, 0) AS people
        FROM provider_group g LEFT JOIN (
          SELECT told_as, external_id, count(*)::int AS people FROM (${told(provider)}) each GROUP BY 1, 2) t
          USING (told_as, external_id)
        WHERE g.provider_id = ${provider} ORDER BY lower(g.label), g.external_id LIMIT 5000`,
  );

/** Of these external ids those that no mapping speaks of. */
export const unmapped = (db: Queryable, provider: ProviderId, ids: readonly string[]): Promise<{ id: string }[]> =>
  rows(
    db,
    sql`SELECT t.id FROM unnest(${ids}::text[]) AS t (id)
        WHERE NOT EXISTS (SELECT FROM group_mapping m WHERE m.provider_id = ${provider} AND m.told_as = 'group'
                          AND m.external_id = t.id AND m.group_id IS NOT NULL)`,
  );

/** A group without any rights; null where one of this name is there already, which is never taken for it. */
export const insertEmptyGroup = (
  db: Queryable,
  group: { id: GroupId; name: string; description: string },
): Promise<{ id: GroupId } | null> =>
  row(
    db,
    sql`INSERT INTO access_group (id, name, description) VALUES (${group.id}, ${group.name}, ${group.description})
        ON CONFLICT (lower(name)) DO NOTHING RETURNING id`,
  );
