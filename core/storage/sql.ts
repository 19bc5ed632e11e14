import type { QueryResultRow } from 'pg';

/** A statement with its values apart: text holds $1, $2 …, so that no value is ever read as SQL. */
export type Statement = Readonly<{ text: string; values: readonly unknown[] }>;

/** What runs a statement: the pool, or one client inside a transaction. */
export type Queryable = {
  query<Row extends QueryResultRow>(statement: {
    text: string;
    values: unknown[];
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

/** All rows of a statement, columns as named in it (alias them in camelCase). */
export async function rows<Row extends QueryResultRow>(db: Queryable, statement: Statement): Promise<Row[]> {
  const result = await db.query<Row>({ text: statement.text, values: [...statement.values] });
  return result.rows;
}

/** The first row, or null. */
export async function row<Row extends QueryResultRow>(db: Queryable, statement: Statement): Promise<Row | null> {
  return (await rows<Row>(db, statement))[0] ?? null;
}

/** Runs a statement for its effect. Gives the number of rows it touched. */
export async function run(db: Queryable, statement: Statement): Promise<number> {
  const result = await db.query({ text: statement.text, values: [...statement.values] });
  return result.rowCount ?? 0;
}
