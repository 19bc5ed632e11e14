import type { Pool } from 'pg';

/** The same facts from the database's own catalogue. Partial and expression indexes are ours alone: Prisma leaves them be. */
export async function factsOfDatabase(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ fact: string }>(`
    WITH ours AS (
      SELECT c.oid, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_prisma_migrations'
    ), columns_of AS (
      SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
    )
    SELECT 'table ' || name AS fact FROM ours
    UNION ALL
    SELECT o.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || CASE WHEN a.atthasdef THEN ' with a default' ELSE '' END
    FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT o.name || CASE WHEN i.indisprimary THEN ' primary key (' WHEN i.indisunique THEN ' unique (' ELSE ' index (' END
           || (SELECT string_agg(c.attname, ', ' ORDER BY k.place)
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
               JOIN columns_of c ON c.attrelid = o.oid AND c.attnum = k.number) || ')'
    FROM ours o JOIN pg_index i ON i.indrelid = o.oid WHERE i.indpred IS NULL AND i.indexprs IS NULL
    UNION ALL
    SELECT o.name || ' (' || mine.names || ') references ' || t.relname || ' (' || theirs.names || ') on delete '
           || CASE f.confdeltype WHEN 'c' THEN 'Cascade' WHEN 'n' THEN 'SetNull' WHEN 'r' THEN 'Restrict' WHEN 'd' THEN 'SetDefault' ELSE 'NoAction' END
    FROM ours o
    JOIN pg_constraint f ON f.conrelid = o.oid AND f.contype = 'f'
    JOIN pg_class t ON t.oid = f.confrelid
    CROSS JOIN LATERAL (SELECT string_agg(c.attname, ', ' ORDER BY k.place) AS names FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
                        JOIN columns_of c ON c.attrelid = f.conrelid AND c.attnum = k.number) mine
    CROSS JOIN LATERAL (SELECT string_agg(c.attname, ', ' ORDER BY k.place) AS names FROM unnest(f.confkey) WITH ORDINALITY AS k (number, place)
                        JOIN columns_of c ON c.attrelid = f.confrelid AND c.attnum = k.number) theirs`);
  return rows.map(({ fact }) => fact).toSorted();
}
