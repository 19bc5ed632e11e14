import { createHash } from 'node:crypto';
import type { QueryResultRow } from 'pg';

/** A statement with its values apart: text holds $1, $2 …, so that no value is ever read as SQL. */
export type Statement = Readonly<{ text: string; values: readonly unknown[]; name?: string }>;

/** What runs a statement: the pool, or one client inside a transaction. */
export type Queryable = {
  query<Row extends QueryResultRow>(statement: {
    text: string;
    values: unknown[];
    name?: string;
  }): Promise<{ rows: Row[]; rowCount: number | null }>;
};

const isStatement = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null && marks.has(value);
const marks = new WeakSet<object>();

/** Builds a statement: each `${value}` is bound, a nested statement is inlined with its own values. */
export function sql(strings: TemplateStringsArray, ...parts: unknown[]): Statement {
  const values: unknown[] = [];
  let text = strings[0] ?? '';
  parts.forEach((part, index) => {
    if (isStatement(part)) {
      text += part.text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + values.length}`);
      values.push(...part.values);
    } else {
      values.push(part);
      text += `$${values.length}`;
    }
    text += strings[index + 1] ?? '';
  });
  const statement = Object.freeze({ text, values });
  marks.add(statement);
  return statement;
}

/**
 * The same statement, parsed and planned once for each connection instead of each time: for the few that every question
 * runs. Its text must be the same at each call, and its best plan must not hang on its values.
 */
export function prepared(statement: Statement): Statement {
  let name = names.get(statement.text);
  if (name === undefined) {
    name = createHash('sha256').update(statement.text).digest('base64url').slice(0, 22);
    names.set(statement.text, name);
  }
  const named = Object.freeze({ ...statement, name });
  marks.add(named);
  return named;
}
const names = new Map<string, string>();

const forDriver = ({ text, values, name }: Statement) => ({
  text,
  values: [...values],
  ...(name === undefined ? {} : { name }),
});

/** All rows of a statement, columns as named in it (alias them in camelCase). */
export async function rows<Row extends QueryResultRow>(db: Queryable, statement: Statement): Promise<Row[]> {
  const result = await db.query<Row>(forDriver(statement));
  return result.rows;
}

/** The first row, or null. */
export async function row<Row extends QueryResultRow>(db: Queryable, statement: Statement): Promise<Row | null> {
  return (await rows<Row>(db, statement))[0] ?? null;
}

/** Runs a statement for its effect. Gives the number of rows it touched. */
export async function run(db: Queryable, statement: Statement): Promise<number> {
  const result = await db.query(forDriver(statement));
  return result.rowCount ?? 0;
}
