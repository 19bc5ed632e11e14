import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import { row, rows, run, sql, type Queryable, type Statement } from '../../storage/sql.ts';
import type { NamePosition } from '../actor.ts';
import type { Level, LevelName } from '../levels.ts';
import { likeOf, unowned } from '../oversight.sql.ts';
import { knowledgeRights, seats } from '../rules.sql.ts';

/** Those causes that make somebody an owner: they answer requests and review grants. No break-glass counts in this file. */
const OWNING = sql`('owner', 'manager_of_owner')`;

export type Askable = {
  id: KnowledgeBaseId;
  name: string;
  /** The most they have without an end; 0: nothing. */
  lasting: Level | 0;
};

/**
 * A knowledge base that a person may ask for: one they may find, or read already. Null for every other one, whether it is
 * there or not, and for who does not count as a person at work here.
 */
export const askable = (
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Askable | null> =>
  row(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)}
      SELECT k.id, k.name,
             coalesce((SELECT max(r.level) FROM knowledge_right r LEFT JOIN access_grant g ON g.id = r.cause_id
                       WHERE r.knowledge_base_id = k.id AND g.expires_at IS NULL), 0) AS lasting
      FROM knowledge_base k
      WHERE k.id = ${knowledgeBase} AND k.deleted_at IS NULL
        AND EXISTS (SELECT FROM standing s JOIN person p ON p.id = s.person_id AND p.kind = 'human')
        AND (k.discoverable OR EXISTS (SELECT FROM knowledge_right r WHERE r.knowledge_base_id = k.id))`,
  );

export type FoundRow = {
  id: KnowledgeBaseId;
  name: string;
  description: string;
  ownerKind: 'person' | 'group';
  ownerName: string | null;
  requestId: string | null;
};

/** The knowledge bases that a person may find but not read, by name. */
export const findable = (
  db: Queryable,
  person: PersonId,
  at: Date,
  wanted: { find: string; named: string | null; id: KnowledgeBaseId | null; after: NamePosition | null; limit: number },
): Promise<FoundRow[]> =>
  rows(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)}
      SELECT k.id, k.name, k.description, k.owner_kind AS "ownerKind", coalesce(p.name, g.name) AS "ownerName", a.id AS "requestId"
      FROM knowledge_base k
      LEFT JOIN person p ON k.owner_kind = 'person' AND p.id = k.owner_id
      LEFT JOIN access_group g ON k.owner_kind = 'group' AND g.id = k.owner_id
      LEFT JOIN access_request a ON a.knowledge_base_id = k.id AND a.person_id = ${person} AND a.state = 'open'
      WHERE k.discoverable AND k.deleted_at IS NULL AND EXISTS (SELECT FROM standing)
        AND NOT EXISTS (SELECT FROM knowledge_right r WHERE r.knowledge_base_id = k.id)
        AND (${wanted.id}::uuid IS NULL OR k.id = ${wanted.id}::uuid) AND k.name ILIKE ${likeOf(wanted.find)}
        AND (${wanted.named}::text IS NULL OR lower(k.name) = lower(${wanted.named}::text))
        AND (${wanted.after === null} OR (k.name, k.id) > (${wanted.after?.name ?? null}::text, ${wanted.after?.id ?? null}::uuid))
      ORDER BY k.name, k.id LIMIT ${wanted.limit}`,
  );

/** Who decides about a knowledge base: its owner, or those who manage the group that owns it. */
export const deciders = async (db: Queryable, knowledgeBase: KnowledgeBaseId, at: Date): Promise<PersonId[]> => {
  const found = await rows<{ id: PersonId }>(
    db,
    sql`${knowledgeRights('everybody', at)}
      SELECT DISTINCT r.person_id AS id FROM knowledge_right r JOIN person p ON p.id = r.person_id AND p.kind = 'human'
      WHERE r.knowledge_base_id = ${knowledgeBase} AND r.cause IN ${OWNING} ORDER BY 1`,
  );
  return found.map(({ id }) => id);
};

/** The ids of the knowledge bases that a person decides about, as a value in a statement that has `knowledge_right`. */
export const decidedBy = (person: PersonId): Statement =>
  sql`(SELECT r.knowledge_base_id FROM knowledge_right r WHERE r.person_id = ${person} AND r.cause IN ${OWNING})`;

export type RequestRow = {
  id: string;
  state: 'open' | 'approved' | 'declined' | 'withdrawn' | 'lapsed';
  knowledgeBaseId: KnowledgeBaseId;
  /** Null where who looks may not know it any more. */
  knowledgeBaseName: string | null;
  personId: PersonId;
  personName: string;
  personEmail: string | null;
  /** The identity providers that vouch for who asks, '' where none does. */
  personKnownBy: string;
  /** Who made their account or a link to it, while no provider vouches for them. */
  personMadeBy: string | null;
  reason: string;
  level: LevelName;
  until: Date | null;
  createdAt: Date;
  closedAt: Date | null;
  answeredByName: string | null;
  givenLevel: LevelName | null;
  givenUntil: Date | null;
  word: string;
  heldLevel: LevelName | null;
  heldUntil: Date | null;
};

const knownBy = sql`coalesce((
  SELECT string_agg(DISTINCT v.name, ', ' ORDER BY v.name) FROM identity i JOIN identity_provider v ON v.id = i.provider_id
  WHERE i.person_id = p.id), '')`;

export type Side = 'asker' | 'decider';

/** A place in a list of requests. */
export type RequestPosition = { open: boolean; at: string; id: string };

/**
 * Requests as one side sees them: an asker their own, with the name only while they may know it; a decider those on what
 * they own, but for their own. Open ones first, then the latest. `id`, `state`: only these.
 */
export const requestsOf = (
  db: Queryable,
  person: PersonId,
  at: Date,
  wanted: {
    side: Side;
    id?: string | undefined;
    open?: boolean | undefined;
    after?: RequestPosition | null;
    limit: number;
  },
): Promise<RequestRow[]> => {
  const after = wanted.after ?? null;
  const theirs =
    wanted.side === 'asker'
      ? sql`a.person_id = ${person}`
      : sql`a.person_id <> ${person} AND a.knowledge_base_id IN ${decidedBy(person)}`;
  const known =
    wanted.side === 'decider'
      ? sql`k.name`
      : sql`CASE WHEN k.deleted_at IS NULL AND (k.discoverable OR EXISTS (SELECT FROM knowledge_right r WHERE r.knowledge_base_id = k.id)) THEN k.name END`;
  return rows(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)}
      SELECT a.id, a.state, a.knowledge_base_id AS "knowledgeBaseId", ${known} AS "knowledgeBaseName",
             p.id AS "personId", p.name AS "personName", p.email AS "personEmail", ${knownBy} AS "personKnownBy",
             CASE WHEN ${knownBy} = '' THEN (SELECT string_agg(m.name, ', ' ORDER BY m.name) FROM person m WHERE m.id = ANY(p.in_hands_of)) END AS "personMadeBy",
             a.reason, a.level, a.until,
             a.created_at AS "createdAt", a.closed_at AS "closedAt", o.name AS "answeredByName",
             a.given_level AS "givenLevel", a.given_until AS "givenUntil", a.word,
             g.level AS "heldLevel", g.expires_at AS "heldUntil"
      FROM access_request a
      JOIN knowledge_base k ON k.id = a.knowledge_base_id
      JOIN person p ON p.id = a.person_id
      LEFT JOIN person o ON o.id = a.answered_by
      LEFT JOIN access_grant g ON g.resource_kind = 'knowledge_base' AND g.resource_id = k.id AND g.to_kind = 'person'
        AND g.to_id = p.id AND (g.expires_at IS NULL OR g.expires_at > ${at})
      WHERE EXISTS (SELECT FROM standing) AND ${theirs}
        AND (${wanted.id ?? null}::uuid IS NULL OR a.id = ${wanted.id ?? null}::uuid)
        AND (${wanted.open ?? null}::boolean IS NULL OR (a.state = 'open') = ${wanted.open ?? null}::boolean)
        AND (${after === null} OR (a.state = 'open', a.created_at, a.id) < (${after?.open ?? null}::boolean, ${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      ORDER BY a.state = 'open' DESC, a.created_at DESC, a.id DESC LIMIT ${wanted.limit}`,
  );
};

/** Nobody else closes it until the transaction ends. */
export const lockRequest = (tx: Queryable, id: string): Promise<number> =>
  run(tx, sql`SELECT id FROM access_request WHERE id = ${id}::uuid FOR UPDATE`);

export type Lapsed = { id: string; personId: PersonId; knowledgeBaseId: KnowledgeBaseId };

/**
 * Closes one request if its asker is gone, its wished end has come or it was asked before `oldest`; who looks at it knows that
 * the knowledge base is there and somebody's. Gives what was closed now.
 */
export const lapseOne = (
  db: Queryable,
  request: { id: string; personId: PersonId },
  at: Date,
  oldest: Date,
): Promise<Lapsed[]> =>
  rows(
    db,
    sql`${seats({ forGood: [request.personId] }, at)}
      UPDATE access_request a SET state = 'lapsed', closed_at = ${at}
      WHERE a.id = ${request.id} AND a.state = 'open'
        AND (a.until <= ${at} OR a.created_at < ${oldest} OR NOT EXISTS (SELECT FROM standing s WHERE s.person_id = a.person_id))
      RETURNING a.id, a.person_id AS "personId", a.knowledge_base_id AS "knowledgeBaseId"`,
  );

/**
 * Closes what nobody can answer any more: the asker or the knowledge base is gone, nobody looks after it, the wished end has
 * come, or it was asked before `oldest`. Gives what was closed now.
 */
export const lapse = (db: Queryable, at: Date, oldest: Date): Promise<Lapsed[]> =>
  rows(
    db,
    sql`${seats('everybody', at)}
      UPDATE access_request a SET state = 'lapsed', closed_at = ${at}
      FROM knowledge_base k
      WHERE a.state = 'open' AND k.id = a.knowledge_base_id
        AND (k.deleted_at IS NOT NULL OR a.until <= ${at} OR a.created_at < ${oldest}
          OR NOT EXISTS (SELECT FROM standing s WHERE s.person_id = a.person_id)
          OR ${unowned(sql`k.owner_kind`, sql`k.owner_id`)} IS NOT NULL)
      RETURNING a.id, a.person_id AS "personId", a.knowledge_base_id AS "knowledgeBaseId"`,
  );

export type EndedGrant = {
  id: string;
  resourceKind: string;
  resourceId: string | null;
  toKind: string;
  toId: string | null;
  level: LevelName;
  expiresAt: Date;
};

/** Marks the grants that have ended, each once. */
export const markEnded = (db: Queryable, at: Date): Promise<EndedGrant[]> =>
  rows(
    db,
    sql`UPDATE access_grant SET end_recorded_at = ${at} WHERE expires_at <= ${at} AND end_recorded_at IS NULL
        RETURNING id, resource_kind AS "resourceKind", resource_id AS "resourceId", to_kind AS "toKind", to_id AS "toId", level,
                  expires_at AS "expiresAt"`,
  );

export type Ending = { id: KnowledgeBaseId; name: string; level: Level; until: Date };

/** What a person loses by itself before `before`: knowledge bases whose level rests on grants that end. The next first. */
export const endings = (db: Queryable, person: PersonId, at: Date, before: Date): Promise<Ending[]> =>
  rows(
    db,
    sql`${knowledgeRights({ forGood: [person] }, at)},
      ending AS (
        SELECT r.knowledge_base_id AS id, r.level, max(coalesce(g.expires_at, 'infinity')) AS until
        FROM knowledge_right r LEFT JOIN access_grant g ON g.id = r.cause_id GROUP BY 1, 2)
      SELECT k.id, k.name, e.level, e.until FROM ending e JOIN knowledge_base k ON k.id = e.id
      WHERE e.until < ${before} AND NOT EXISTS (SELECT FROM ending o WHERE o.id = e.id AND o.level > e.level AND o.until >= e.until)
      ORDER BY e.until, k.name`,
  );
