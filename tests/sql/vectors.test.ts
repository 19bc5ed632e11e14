import { describe, expect } from 'vitest';
import { fromSql, toSql } from 'pgvector';
import { vectorBytes } from '../../core/retrieval/vector-bytes.ts';
import { row, sql } from '../../core/storage/sql.ts';
import { test } from '../setup/database.ts';

/** Of unit length, as embedders give them, with values that no decimal number of a few digits says exactly. */
function aVector(dimensions: number): Float32Array {
  const plain = Array.from({ length: dimensions }, (_, index) => Math.sin(index + 1) / (index + 1));
  const length = Math.hypot(...plain);
  return Float32Array.from(plain, (value) => value / length);
}

describe('a vector as it goes to the database', () => {
  test.for([
    ['without a dimension', []],
    ['with what is not a number', [1, Number.NaN]],
    ['with what is infinite', [1, Number.POSITIVE_INFINITY]],
  ] as const)('is refused %s', async ([, values], { db }) => {
    await expect(row(db, sql`SELECT ${vectorBytes(Float32Array.from(values))}::vector`)).rejects.toThrow(/vector/);
  });

  test.for([1, 3, 384, 1024])(
    "is the one that pgvector's own client sends, of %i dimensions",
    async (dimensions, { db }) => {
      const vector = aVector(dimensions);
      const found = await row<{ same: boolean; text: string }>(
        db,
        sql`SELECT ours = theirs AS same, ours::text AS text
          FROM (SELECT ${vectorBytes(vector)}::vector AS ours, ${toSql([...vector]) as string}::vector AS theirs) AS both_ways`,
      );
      expect(found?.same).toBe(true);
      expect(Float32Array.from(fromSql(found?.text) as number[])).toEqual(vector);
    },
  );
});
