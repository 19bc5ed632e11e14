import type { PersonId } from '../../ids.ts';
import { rows, run, sql, type Queryable } from '../../storage/sql.ts';

/** Why two people may be one: the same address now, one that the other had once, or the same name at the same domain. */
export const LIKENESSES = ['email', 'former_email', 'name'] as const;
export type Likeness = (typeof LIKENESSES)[number];

/**
 * Pairs of active people who may be the same human, those alike in most ways first; without those of whom it was said that they are
 * two. Invented people of the sample are nobody's second self.
 */
export const lookAlikes = (
  db: Queryable,
  limit: number,
): Promise<{ one: PersonId; other: PersonId; likenesses: Likeness[] }[]> =>
  rows(
    db,
    sql`WITH people AS (
          SELECT p.id, lower(btrim(p.name)) AS name, lower(p.email) AS email FROM person p
          WHERE p.kind = 'human' AND p.status = 'active' AND NOT p.from_sample),
        addresses AS (
          SELECT id, email, true AS now FROM people WHERE email IS NOT NULL
          UNION SELECT i.person_id, lower(i.email), true FROM identity i JOIN people p ON p.id = i.person_id
            WHERE i.email IS NOT NULL
          UNION SELECT f.person_id, lower(f.email), false FROM former_email f JOIN people p ON p.id = f.person_id),
        pairs AS (
          SELECT a.id AS one, b.id AS other, CASE WHEN a.now AND b.now THEN 'email' ELSE 'former_email' END AS likeness
          FROM addresses a JOIN addresses b ON b.email = a.email AND a.id < b.id WHERE a.now OR b.now
          UNION
          SELECT a.id, b.id, 'name' FROM people a JOIN people b
            ON b.name = a.name AND split_part(b.email, '@', 2) = split_part(a.email, '@', 2) AND a.id < b.id)
        SELECT one, other, array_agg(likeness ORDER BY likeness) AS likenesses FROM pairs
        WHERE NOT EXISTS (SELECT FROM people_apart x WHERE x.one = pairs.one AND x.other = pairs.other)
        GROUP BY one, other ORDER BY count(*) DESC, min(likeness), one, other LIMIT ${limit}`,
  );

/** Remembers that two people are two. `one` sorts before `other`. Zero where that was known. */
export const setApart = (
  db: Queryable,
  pair: { one: PersonId; other: PersonId; by: PersonId; at: Date },
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO people_apart (one, other, decided_by, decided_at)
        SELECT a.id, b.id, ${pair.by}, ${pair.at} FROM person a, person b WHERE a.id = ${pair.one} AND b.id = ${pair.other}
        ON CONFLICT DO NOTHING`,
  );
