import type { PersonId } from '../../ids.ts';
import { rows, sql, type Queryable } from '../../storage/sql.ts';
import type { Role } from '../person.ts';

/** Who comes into a merge, as both of them and an administrator see it. */
export type Side = {
  id: PersonId;
  name: string;
  email: string | null;
  role: Role;
  status: 'active' | 'deactivated';
  kind: 'human' | 'service';
  fromSample: boolean;
  createdAt: Date;
  /** How they sign in; the provider is null for a local account. */
  identities: { id: string; provider: string | null; kind: string | null; key: string | null; email: string | null }[];
  chatAccounts: { id: string; surface: 'slack' | 'teams'; name: string; workspace: string }[];
  groups: number;
  knowledgeBases: number;
  conversations: number;
};

/** These people, whoever is there of them, in the order of their ids. */
export const sidesOf = (db: Queryable, people: readonly PersonId[]): Promise<Side[]> =>
  rows(
    db,
    sql`SELECT p.id, p.name, p.email, p.role, p.status, p.kind, p.from_sample AS "fromSample", p.created_at AS "createdAt",
          coalesce((SELECT json_agg(json_build_object('id', i.id, 'provider', v.name, 'kind', v.kind, 'key', v.key,
                      'email', i.email) ORDER BY i.id)
                    FROM identity i LEFT JOIN identity_provider v ON v.id = i.provider_id
                    WHERE i.person_id = p.id), '[]') AS identities,
          coalesce((SELECT json_agg(json_build_object('id', c.id, 'surface', c.surface, 'name', c.name,
                      'workspace', c.workspace) ORDER BY c.id)
                    FROM chat_account c WHERE c.person_id = p.id), '[]') AS "chatAccounts",
          (SELECT count(DISTINCT m.group_id)::int FROM membership m WHERE m.person_id = p.id) AS groups,
          (SELECT count(*)::int FROM knowledge_base k
            WHERE k.owner_kind = 'person' AND k.owner_id = p.id AND k.deleted_at IS NULL) AS "knowledgeBases",
          (SELECT count(*)::int FROM conversation c WHERE c.person_id = p.id) AS conversations
        FROM person p WHERE p.id = ANY(${people}::uuid[]) ORDER BY p.id`,
  );

/** What one of the two gave the other by their own hand: rights, or what they own; as whoever was joined with them too. */
export const givenBetween = (
  db: Queryable,
  one: PersonId,
  other: PersonId,
): Promise<{ what: 'grant' | 'membership' | 'ownership' }[]> =>
  rows(
    db,
    sql`WITH pair (giver, taker) AS (VALUES (${one}::uuid, ${other}::uuid), (${other}::uuid, ${one}::uuid)),
          name_of AS (SELECT id, coalesce(merged_into, id) AS now FROM person
                      WHERE id IN (${one}, ${other}) OR merged_into IN (${one}, ${other}))
        SELECT 'grant' AS what FROM pair JOIN access_grant g
          ON g.created_by = giver AND g.to_kind = 'person' AND g.to_id = taker
        UNION
        SELECT 'membership' FROM pair JOIN membership m ON m.person_id = taker AND m.source = 'manual'
          JOIN audit_entry e ON e.subject_kind = 'group' AND e.subject_id = m.group_id
            AND e.action IN ('group.member_added', 'group.manager_changed')
          JOIN name_of g ON g.now = giver AND e.actor_id = g.id
          JOIN name_of t ON t.now = taker AND e.detail ->> 'personId' = t.id::text
        UNION
        SELECT 'ownership' FROM pair JOIN knowledge_base k ON k.owner_kind = 'person' AND k.owner_id = taker
            AND k.deleted_at IS NULL
          JOIN audit_entry e ON e.subject_kind = 'knowledge_base' AND e.subject_id = k.id
            AND e.action = 'knowledge_base.owner_changed'
          JOIN name_of g ON g.now = giver AND e.actor_id = g.id
          JOIN name_of t ON t.now = taker AND e.detail -> 'after' ->> 'id' = t.id::text
        ORDER BY 1`,
  );
