import type { GroupId, PersonId } from '../ids.ts';
import { sql, type Statement } from '../storage/sql.ts';

/**
 * Rights stand once, here, as table expressions with the cause of each row. Every decision, scope and list is a
 * selection over them, so that the menu, the API, the bots and the search cannot disagree.
 *
 *   standing        who counts at all: active and approved
 *   opened          what administrators have opened by break-glass, while it lasts
 *   seat            their groups, and whether they manage them
 *   knowledge_right (person_id, knowledge_base_id, level, cause, cause_id)
 *   model_granted   (person_id, model_id, cause, cause_id)
 *   model_limit     (person_id, model_id, group_id): this group of theirs keeps the model from them
 *   model_right     what is granted and not kept from them
 *   permission_cause(person_id, permission, effect, cause, cause_id)
 *
 * Levels are numbers (./levels.ts).
 */

/**
 * Whose rights are asked for: these people's, everybody's, or those of somebody unnamed who is in this one group; in none
 * where it is null, which is all that a stranger may count on. `forGood`: these people's without what a break-glass opens or gave.
 */
export type Subjects =
  | readonly PersonId[]
  | 'everybody'
  | { memberOf: GroupId | null }
  | { forGood: readonly PersonId[] };

/** Stands for somebody unnamed. No person has this id, so that nothing is given to it by name. */
const UNNAMED = '00000000-0000-0000-0000-000000000000';

// One person is asked for by each question: with `=` the statement is planned once, with a list of one each time.
const isOneOf = (people: readonly PersonId[]): Statement =>
  people.length === 1 ? sql`id = ${people[0]}` : sql`id = ANY(${people}::uuid[])`;

const isForGood = (subjects: Subjects): subjects is { forGood: readonly PersonId[] } =>
  typeof subjects === 'object' && 'forGood' in subjects;

const standing = (subjects: Subjects, at: Date): Statement => {
  if (typeof subjects === 'object' && 'memberOf' in subjects)
    return sql`
  standing AS (SELECT ${UNNAMED}::uuid AS person_id, 'user' AS role),
  opened AS (SELECT * FROM break_glass WHERE false),
  seat AS (SELECT ${UNNAMED}::uuid AS person_id, id AS group_id, false AS manager FROM access_group WHERE id = ${subjects.memberOf}::uuid)`;
  const forGood = isForGood(subjects);
  const people = forGood ? subjects.forGood : subjects;
  return sql`
  standing AS (
    SELECT id AS person_id, role FROM person
    WHERE ${people === 'everybody' ? sql`true` : isOneOf(people)} AND status = 'active' AND role <> 'pending'),
  opened AS (
    SELECT b.* FROM break_glass b JOIN standing s USING (person_id) WHERE ${forGood ? sql`false` : sql`s.role = 'admin'`} AND b.ends_at > ${at}),
  seat AS (
    SELECT person_id, group_id, bool_or(manager) AS manager FROM (
      SELECT m.person_id, m.group_id, m.manager FROM membership m JOIN standing USING (person_id)
      UNION ALL
      SELECT person_id, resource_id, false FROM opened WHERE resource_kind = 'group') taken
    GROUP BY person_id, group_id)`;
};

const lasts = (at: Date, forGood: boolean): Statement => sql`(g.expires_at IS NULL OR g.expires_at > ${at})
      AND ${forGood ? sql`g.break_glass_id IS NULL` : sql`true`}`;

// A grant reaches a person directly, through a group, or because it is everyone's. For good counts none that a break-glass gave.
const reached = (kind: 'knowledge_base' | 'model', at: Date, forGood = false): Statement => sql`
    SELECT s.person_id, g.resource_id, g.level, 'grant_to_person' AS cause, g.id AS cause_id
    FROM standing s JOIN access_grant g ON g.to_kind = 'person' AND g.to_id = s.person_id
    WHERE g.resource_kind = ${kind} AND ${lasts(at, forGood)}
    UNION ALL
    SELECT t.person_id, g.resource_id, g.level, 'grant_to_group', g.id
    FROM seat t JOIN access_grant g ON g.to_kind = 'group' AND g.to_id = t.group_id
    WHERE g.resource_kind = ${kind} AND ${lasts(at, forGood)}
    UNION ALL
    SELECT s.person_id, g.resource_id, g.level, 'grant_to_everyone', g.id
    FROM standing s CROSS JOIN access_grant g
    WHERE g.to_kind = 'everyone' AND g.resource_kind = ${kind} AND ${lasts(at, forGood)}`;

const level = sql`CASE level WHEN 'manage' THEN 3 WHEN 'contribute' THEN 2 ELSE 1 END`;

// A group's members use what it owns, its managers manage it. There is no grant on every knowledge base; not materialized, so
// that who asks for one cause or one person alone does not pay for all of them.
const knowledgeTables = (at: Date, forGood = false): Statement => sql`
  knowledge_reached AS NOT MATERIALIZED (${reached('knowledge_base', at, forGood)}),
  knowledge_right AS NOT MATERIALIZED (
    SELECT r.person_id, k.id AS knowledge_base_id, ${level} AS level, r.cause, r.cause_id
    FROM knowledge_reached r JOIN knowledge_base k ON k.id = r.resource_id AND k.deleted_at IS NULL
    UNION ALL
    SELECT s.person_id, k.id, 3, 'owner', s.person_id
    FROM standing s JOIN knowledge_base k ON k.owner_kind = 'person' AND k.owner_id = s.person_id AND k.deleted_at IS NULL
    UNION ALL
    SELECT t.person_id, k.id, CASE WHEN t.manager THEN 3 ELSE 1 END,
           CASE WHEN t.manager THEN 'manager_of_owner' ELSE 'member_of_owner' END, t.group_id
    FROM seat t JOIN knowledge_base k ON k.owner_kind = 'group' AND k.owner_id = t.group_id AND k.deleted_at IS NULL
    UNION ALL
    SELECT o.person_id, k.id, ${level}, 'break_glass', o.id
    FROM opened o JOIN knowledge_base k ON o.resource_kind = 'knowledge_base' AND k.id = o.resource_id AND k.deleted_at IS NULL)`;

// Granted, and of every class that each of the person's groups insists on.
const modelTables = (at: Date): Statement => sql`
  model_reached AS (${reached('model', at)}),
  model_granted AS (
    SELECT r.person_id, m.id AS model_id, r.cause, r.cause_id
    FROM model_reached r JOIN model m ON m.id = r.resource_id OR r.resource_id IS NULL
    UNION ALL
    SELECT o.person_id, m.id, 'break_glass', o.id
    FROM opened o JOIN model m ON o.resource_kind = 'model' AND m.id = o.resource_id),
  model_limit AS (
    SELECT t.person_id, m.id AS model_id, g.id AS group_id
    FROM seat t JOIN access_group g ON g.id = t.group_id JOIN model m ON NOT g.model_classes <@ m.classes),
  model_right AS (
    SELECT r.person_id, r.model_id, r.cause, r.cause_id FROM model_granted r
    WHERE NOT EXISTS (SELECT FROM model_limit l WHERE l.person_id = r.person_id AND l.model_id = r.model_id))`;

// What a group's managers hold back does not speak for the group.
const permissionTable = sql`
  permission_cause AS (
    SELECT s.person_id, r.permission, r.effect, 'default' AS cause, NULL::uuid AS cause_id
    FROM standing s CROSS JOIN permission_rule r WHERE r.group_id IS NULL
    UNION ALL
    SELECT t.person_id, r.permission, r.effect, 'group', t.group_id
    FROM seat t JOIN permission_rule r ON r.group_id = t.group_id AND NOT r.withheld)`;

/** `WITH` clause giving `standing`, `opened` and `seat`. */
export const seats = (subjects: Subjects, at: Date): Statement => sql`WITH ${standing(subjects, at)}`;

/** `WITH` clause giving `knowledge_right` for these people at this time. */
export const knowledgeRights = (subjects: Subjects, at: Date): Statement =>
  sql`WITH ${standing(subjects, at)}, ${knowledgeTables(at, isForGood(subjects))}`;

/** `WITH` clause giving `model_granted`, `model_limit` and `model_right`. */
export const modelRights = (subjects: Subjects, at: Date): Statement =>
  sql`WITH ${standing(subjects, at)}, ${modelTables(at)}`;

/** `WITH` clause giving `knowledge_right`, the tables of models and `permission_cause`: all that a question needs. */
export const questionRights = (subjects: Subjects, at: Date): Statement =>
  sql`WITH ${standing(subjects, at)}, ${knowledgeTables(at)}, ${modelTables(at)}, ${permissionTable}`;

/** `WITH` clause giving `permission_cause`: every rule of a group or of the default that speaks of the person. */
export const permissionCauses = (subjects: Subjects, at: Date): Statement =>
  sql`WITH ${standing(subjects, at)}, ${permissionTable}`;
