import { sql, type Statement } from '../../storage/sql.ts';
import type { Comparison, Filter, FilterValue } from './filter.ts';
import { refused } from './refusal.ts';

/** How an attribute of a resource is found in the database. */
type Column =
  | Readonly<{ kind: 'id'; is: Statement }>
  | Readonly<{ kind: 'text'; is: Statement; exactCase: boolean }>
  | Readonly<{ kind: 'flag'; is: Statement }>
  | Readonly<{ kind: 'instant'; is: Statement }>
  /** Items of a list: a condition on one of them becomes one on the resource. */
  | Readonly<{ kind: 'list'; columns: Columns; where: (condition: Statement) => Statement }>;
type Columns = Readonly<Record<string, Column>>;

const text = (is: Statement, exactCase = false): Column => ({ kind: 'text', is, exactCase });

const EMAILS: Column = {
  kind: 'list',
  columns: {
    value: text(sql`e.item ->> 'value'`),
    type: text(sql`e.item ->> 'type'`),
    primary: { kind: 'flag', is: sql`coalesce((e.item ->> 'primary')::boolean, false)` },
  },
  where: (condition) =>
    sql`EXISTS (SELECT FROM jsonb_array_elements(u.attributes -> 'emails') AS e (item) WHERE ${condition})`,
};

const USER: Columns = {
  id: { kind: 'id', is: sql`u.identity_id` },
  externalid: text(sql`u.external_id`, true),
  username: text(sql`u.user_name`),
  displayname: text(sql`u.attributes ->> 'displayName'`),
  'name.formatted': text(sql`u.attributes -> 'name' ->> 'formatted'`),
  'name.givenname': text(sql`u.attributes -> 'name' ->> 'givenName'`),
  'name.familyname': text(sql`u.attributes -> 'name' ->> 'familyName'`),
  active: { kind: 'flag', is: sql`u.active` },
  emails: EMAILS,
  'meta.created': { kind: 'instant', is: sql`u.created_at` },
  'meta.lastmodified': { kind: 'instant', is: sql`u.updated_at` },
};

const GROUP: Columns = {
  id: { kind: 'id', is: sql`g.id` },
  externalid: text(sql`g.external_id`, true),
  displayname: text(sql`g.display_name`),
  members: {
    kind: 'list',
    columns: { value: { kind: 'id', is: sql`m.identity_id` } },
    where: (condition) => sql`EXISTS (SELECT FROM scim_group_member m WHERE m.group_id = g.id AND ${condition})`,
  },
  'meta.created': { kind: 'instant', is: sql`g.created_at` },
  'meta.lastmodified': { kind: 'instant', is: sql`g.updated_at` },
};

/** A filter as a condition on `scim_user u`. @throws AppError 'bad_input' with scimType 'invalidFilter'. */
export const userCondition = (filter: Filter | null): Statement =>
  filter === null ? sql`true` : condition(filter, USER);

/** A filter as a condition on `scim_group g`. @throws AppError 'bad_input' with scimType 'invalidFilter'. */
export const groupCondition = (filter: Filter | null): Statement =>
  filter === null ? sql`true` : condition(filter, GROUP);

function condition(filter: Filter, columns: Columns): Statement {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const parts = filter.parts.map((part) => condition(part, columns));
      return parts.reduce((all, part) =>
        filter.kind === 'and' ? sql`(${all} AND ${part})` : sql`(${all} OR ${part})`,
      );
    }
    case 'not':
      return sql`((${condition(filter.part, columns)}) IS NOT TRUE)`;
    case 'item': {
      const list = columns[filter.attribute];
      if (list?.kind !== 'list') throw unknown(filter.attribute);
      return list.where(condition(filter.part, list.columns));
    }
    default: {
      const { column, within } = columnOf(filter.attribute, columns);
      return within(filter.kind === 'present' ? present(column) : compare(column, filter.comparison, filter.value));
    }
  }
}

/** Also `emails.value`, and `emails` for it. */
function columnOf(name: string, columns: Columns): { column: Column; within: (condition: Statement) => Statement } {
  const [head = '', part = 'value', ...more] = name.split('.');
  const list = columns[head];
  const column = list?.kind === 'list' && more.length === 0 ? list.columns[part] : columns[name];
  if (!column) throw unknown(name);
  return { column, within: list?.kind === 'list' ? list.where : (condition) => condition };
}

const unknown = (name: string) => refused('invalidFilter', `Nothing can be found by ${name.slice(0, 100)}`);

const present = (column: Column): Statement =>
  column.kind === 'list' ? column.where(sql`true`) : sql`(${column.is}) IS NOT NULL`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const mismatch = () => refused('invalidFilter', 'This comparison does not go with this attribute');

function compare(column: Column, comparison: Comparison, value: FilterValue): Statement {
  if (column.kind === 'list') throw mismatch();
  if (value === null) return nothing(column.is, comparison);
  if (column.kind === 'flag') return compareFlag(column.is, comparison, value);
  if (typeof value !== 'string' || value.includes('\0')) throw mismatch();
  const given = value.toWellFormed();
  if (column.kind === 'instant') return compareInstant(column.is, comparison, given);
  // By the index, where it is an id at all.
  if (column.kind === 'id' && comparison === 'eq')
    return UUID.test(given) ? sql`${column.is} = ${given}::uuid` : sql`false`;
  const exact = column.kind === 'text' && column.exactCase;
  const is = column.kind === 'id' ? sql`${column.is}::text` : exact ? column.is : sql`lower(${column.is})`;
  return compareText(is, comparison, exact ? sql`${given}::text` : sql`lower(${given}::text)`);
}

function nothing(is: Statement, comparison: Comparison): Statement {
  if (comparison === 'eq') return sql`(${is}) IS NULL`;
  if (comparison === 'ne') return sql`(${is}) IS NOT NULL`;
  throw mismatch();
}

function compareText(is: Statement, comparison: Comparison, given: Statement): Statement {
  switch (comparison) {
    case 'eq':
      return sql`${is} = ${given}`;
    case 'ne':
      return sql`${is} IS DISTINCT FROM ${given}`;
    case 'co':
      return sql`strpos(${is}, ${given}) > 0`;
    case 'sw':
      return sql`starts_with(${is}, ${given})`;
    case 'ew':
      return sql`right(${is}, length(${given})) = ${given}`;
    default:
      throw mismatch();
  }
}

/** Entra asks for "True" in quotation marks. */
function compareFlag(is: Statement, comparison: Comparison, value: FilterValue): Statement {
  const word = String(value).toLowerCase();
  if ((comparison !== 'eq' && comparison !== 'ne') || (word !== 'true' && word !== 'false')) throw mismatch();
  return sql`${is} = ${(word === 'true') === (comparison === 'eq')}`;
}

function compareInstant(is: Statement, comparison: Comparison, given: string): Statement {
  const at = new Date(given);
  if (!/^\d{4}-\d{2}-\d{2}/.test(given) || Number.isNaN(at.getTime())) throw mismatch();
  // What is told has milliseconds, what is kept more than that.
  const told = sql`date_trunc('milliseconds', ${is})`;
  switch (comparison) {
    case 'eq':
      return sql`${told} = ${at}`;
    case 'ne':
      return sql`${told} <> ${at}`;
    case 'gt':
      return sql`${told} > ${at}`;
    case 'ge':
      return sql`${told} >= ${at}`;
    case 'lt':
      return sql`${told} < ${at}`;
    case 'le':
      return sql`${told} <= ${at}`;
    default:
      throw mismatch();
  }
}
