import type { GroupId, KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, rows, sql, type Queryable } from '../storage/sql.ts';
import { knowledgeRights, modelRights, permissionCauses, seats, type Subjects } from './rules.sql.ts';
import type { Level } from './levels.ts';

/** One row of a right, named for people: `name` is the group's that it comes through, `until` when it ends by itself. */
export type Cause = {
  cause: string;
  causeId: string | null;
  name: string | null;
  level: Level;
  until: Date | null;
};

/** Every row that gives this person a level on this knowledge base, strongest first. */
export const causesOnKnowledgeBase = (
  db: Queryable,
  person: PersonId,
  knowledgeBase: KnowledgeBaseId,
  at: Date,
): Promise<Cause[]> =>
  rows(
    db,
    sql`${knowledgeRights([person], at)}
      SELECT r.level, r.cause, r.cause_id AS "causeId", coalesce(direct.name, through.name) AS name,
             coalesce(g.expires_at, b.ends_at) AS until
      FROM knowledge_right r
      LEFT JOIN access_grant g ON g.id = r.cause_id
      LEFT JOIN access_group through ON g.to_kind = 'group' AND through.id = g.to_id
      LEFT JOIN access_group direct ON direct.id = r.cause_id
      LEFT JOIN break_glass b ON b.id = r.cause_id
      WHERE r.knowledge_base_id = ${knowledgeBase} ORDER BY r.level DESC, r.cause, name, r.cause_id`,
  );

/** Every grant of this model that reaches this person. */
export const causesOnModel = (db: Queryable, person: PersonId, model: string, at: Date): Promise<Cause[]> =>
  rows(
    db,
    sql`${modelRights([person], at)}
      SELECT 1 AS level, r.cause, r.cause_id AS "causeId", through.name, coalesce(g.expires_at, b.ends_at) AS until
      FROM model_granted r
      LEFT JOIN access_grant g ON g.id = r.cause_id
      LEFT JOIN access_group through ON g.to_kind = 'group' AND through.id = g.to_id
      LEFT JOIN break_glass b ON b.id = r.cause_id
      WHERE r.model_id = ${model} ORDER BY r.cause, name, r.cause_id`,
  );

export type Limit = { groupId: GroupId; name: string; classes: string[] };

/** The groups of this person that keep this model from them, with the classes that they insist on. */
export const limitsOnModel = (db: Queryable, person: PersonId, model: string, at: Date): Promise<Limit[]> =>
  rows(
    db,
    sql`${modelRights([person], at)}
      SELECT l.group_id AS "groupId", g.name, g.model_classes AS classes
      FROM model_limit l JOIN access_group g ON g.id = l.group_id
      WHERE l.model_id = ${model} ORDER BY g.name, g.id`,
  );

export type NamedRule = {
  permission: string;
  effect: 'allow' | 'deny';
  cause: 'default' | 'group';
  causeId: string | null;
  name: string | null;
};

/** The rules that speak of somebody's permissions; a key without a row has its default. */
export const permissionRules = (db: Queryable, subjects: Subjects, at: Date): Promise<NamedRule[]> =>
  rows(
    db,
    sql`${permissionCauses(subjects, at)}
      SELECT c.permission, c.effect, c.cause, c.cause_id AS "causeId", g.name
      FROM permission_cause c LEFT JOIN access_group g ON g.id = c.cause_id ORDER BY c.permission, c.effect DESC, g.name`,
  );

/** A person's role and groups as decisions need them; null where there is no such person. */
export const standingOf = (
  db: Queryable,
  person: PersonId,
): Promise<{ role: string; status: string; managedGroupIds: string[] } | null> =>
  row(
    db,
    sql`SELECT p.role, p.status,
          coalesce((SELECT array_agg(DISTINCT m.group_id) FROM membership m WHERE m.person_id = p.id AND m.manager), '{}') AS "managedGroupIds"
        FROM person p WHERE p.id = ${person}`,
  );

export type Seat = { groupId: GroupId; name: string; manager: boolean; sources: string[] };

/** The groups that count for a person, with where each membership comes from: 'manual', 'break_glass', or a provider by its name. */
export const seatsOf = (db: Queryable, person: PersonId, at: Date): Promise<Seat[]> =>
  rows(
    db,
    sql`${seats([person], at)}
      SELECT t.group_id AS "groupId", g.name, t.manager,
             coalesce((SELECT array_agg(coalesce(i.name, m.source) ORDER BY m.source) FROM membership m
                       LEFT JOIN identity_provider i ON m.source = 'provider:' || i.id
                       WHERE m.group_id = t.group_id AND m.person_id = t.person_id), '{break_glass}') AS sources
      FROM seat t JOIN access_group g ON g.id = t.group_id ORDER BY g.name, g.id`,
  );
