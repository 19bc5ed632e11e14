import type { QueryResultRow } from 'pg';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Queryable } from './sql.ts';

/** A transaction of Prisma's as what our own statements run in: they see what it has done so far, and its locks are theirs. */
export const within = (tx: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>): Queryable => ({
  async query<Row extends QueryResultRow>({ text, values }: { text: string; values: unknown[] }) {
    const rows = await tx.$queryRawUnsafe<Row[]>(text, ...values);
    return { rows, rowCount: rows.length };
  },
});
