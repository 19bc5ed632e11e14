import type { KnowledgeBaseId } from '../ids.ts';
import { row, run, sql, type Queryable, type Statement } from '../storage/sql.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Text that is part of the statement itself: names and literals that no value can be bound for. Only what this file made. */
const verbatim = (text: string): Statement => sql(Object.assign([text], { raw: [text] }));

/** The table that holds the passages of one knowledge base, in the schema of the partitions. */
function tableOf(id: KnowledgeBaseId): string {
  if (!UUID.test(id)) throw new RangeError('not an id');
  return `kb_${id.replaceAll('-', '')}`;
}

export const waitAtMost = (tx: Queryable, milliseconds: number): Promise<number> =>
  run(tx, sql`SELECT set_config('lock_timeout', ${`${milliseconds}ms`}, true)`);

/** Whether it has none yet, nothing lies in the shared ones, and there are fewer than `most`. */
export async function wantsPartition(db: Queryable, id: KnowledgeBaseId, most: number): Promise<boolean> {
  const found = await row(
    db,
    sql`SELECT 1 FROM knowledge_base
        WHERE id = ${id} AND NOT partitioned AND passage_count = 0 AND deleted_at IS NULL
          AND (SELECT count(*) FROM knowledge_base WHERE partitioned) < ${most}`,
  );
  return found !== null;
}

/**
 * Makes the table apart and attaches it, which holds the other partitions only for a moment. Rows may be wide: a passage
 * with its vector stays in its page, so that exact search does not fetch each vector from elsewhere.
 */
export async function createAndAttach(tx: Queryable, id: KnowledgeBaseId): Promise<void> {
  const table = tableOf(id);
  const mine = await row(
    tx,
    sql`SELECT 1 FROM knowledge_base WHERE id = ${id} AND NOT partitioned AND passage_count = 0 FOR NO KEY UPDATE`,
  );
  if (!mine) return;
  await run(
    tx,
    verbatim(`CREATE TABLE passages.${table} (LIKE passage INCLUDING ALL) WITH (toast_tuple_target = 8160)`),
  );
  await run(tx, verbatim(`ALTER TABLE passages.${table} ADD CHECK (knowledge_base_id = '${id}')`));
  await run(tx, verbatim(`ALTER TABLE passage ATTACH PARTITION passages.${table} FOR VALUES IN ('${id}')`));
  await run(tx, sql`UPDATE knowledge_base SET partitioned = true WHERE id = ${id}`);
}

/** The passages of a knowledge base go: its partition whole, or its rows of a shared one. */
export async function detachAndDrop(tx: Queryable, id: KnowledgeBaseId): Promise<void> {
  const table = tableOf(id);
  const attached = await row(tx, sql`SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(${`passages.${table}`})`);
  if (attached) await run(tx, verbatim(`ALTER TABLE passage DETACH PARTITION passages.${table}`));
  else await run(tx, sql`DELETE FROM passage WHERE knowledge_base_id = ${id}`);
  await run(tx, verbatim(`DROP TABLE IF EXISTS passages.${table}`));
  await run(tx, sql`UPDATE knowledge_base SET partitioned = false, passage_count = 0 WHERE id = ${id}`);
}

/** Whether the partition has an index on its vectors that can be used; a build that was broken off leaves one that can't. */
export async function vectorIndexOf(db: Queryable, id: KnowledgeBaseId): Promise<'none' | 'broken' | 'ready'> {
  const found = await row<{ valid: boolean }>(
    db,
    sql`SELECT i.indisvalid AS valid FROM pg_index i WHERE i.indexrelid = to_regclass(${`passages.${tableOf(id)}_near`})`,
  );
  if (!found) return 'none';
  return found.valid ? 'ready' : 'broken';
}

/** Outside a transaction, so that searches and uploads go on while it is built. */
export const createVectorIndex = (db: Queryable, id: KnowledgeBaseId, dimensions: number): Promise<number> =>
  run(
    db,
    verbatim(
      `CREATE INDEX CONCURRENTLY ${tableOf(id)}_near ON passages.${tableOf(id)}
         USING hnsw ((embedding::halfvec(${Math.trunc(dimensions)})) halfvec_cosine_ops)`,
    ),
  );

export const dropVectorIndex = (db: Queryable, id: KnowledgeBaseId): Promise<number> =>
  run(db, verbatim(`DROP INDEX CONCURRENTLY IF EXISTS passages.${tableOf(id)}_near`));
