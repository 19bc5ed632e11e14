import { expect } from 'vitest';
import type { Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import { indexVectors } from '../../core/knowledge/build-index.ts';
import { dropPassages, ensurePartition } from '../../core/knowledge/partitions.ts';
import { vectorIndexOf } from '../../core/knowledge/partitions.sql.ts';
import { silentLog } from '../../core/log.ts';
import { candidates } from '../../core/retrieval/candidates.sql.ts';
import { passagesAround } from '../../core/retrieval/passages.sql.ts';
import { prepare } from '../../core/retrieval/terms.sql.ts';
import { withTransaction } from '../../core/storage/pool.ts';
import type { Queryable } from '../../core/storage/sql.ts';
import { test } from '../setup/database.ts';

const EMBEDDED = process.env['DATABASE_URL'] === undefined;
/** The embedded database takes long for each, and what is shown does not depend on the number. */
const PARTITIONS = EMBEDDED ? 150 : 2_000;
const NO_TERMS = { matched: [], ranked: [] };
const X = Float32Array.from([1, 0, 0]);
const Y = Float32Array.from([0, 1, 0]);

async function aKnowledgeBase(db: Queryable): Promise<string> {
  const id = newId();
  await db.query({
    text: `INSERT INTO knowledge_base (id, name, owner_kind, owner_id, embedding_model, dimensions) VALUES ($1::uuid, $1::text, 'person', $1::uuid, 'test', 3)`,
    values: [id],
  });
  return id;
}

async function passages(db: Queryable, knowledgeBaseId: string, count: number, vector = '[1,0,0]'): Promise<void> {
  await db.query({
    text: `INSERT INTO passage (knowledge_base_id, id, document_id, version_id, ordinal, text, search, embedding)
           SELECT $1, gen_random_uuid(), $1, $1, n, 'text', 'text:1', ('[1,' || n::float8 / $2 || ',0]')::vector FROM generate_series(1, $2) n`,
    values: [knowledgeBaseId, count],
  });
  await db.query({
    text: 'UPDATE passage SET embedding = $2::vector WHERE knowledge_base_id = $1 AND ordinal = 1',
    values: [knowledgeBaseId, vector],
  });
  await db.query({
    text: 'UPDATE knowledge_base SET passage_count = $2 WHERE id = $1',
    values: [knowledgeBaseId, count],
  });
}

const indexed = async (db: Queryable, id: string): Promise<boolean | undefined> =>
  (await prepare(db, [id], [], [])).knowledgeBases[0]?.indexed;

test(
  'however many knowledge bases there are, a search locks those of its scope and no others',
  { timeout: 240_000 },
  async ({ db }) => {
    const ctx = { pool: db, log: silentLog };
    const mine = [await aKnowledgeBase(db), await aKnowledgeBase(db)];
    for (const id of mine) await ensurePartition(ctx, id);
    for (const id of mine) await passages(db, id, 3);
    for (let made = 0; made < PARTITIONS; made += 50)
      await db.query(`DO $$ BEGIN FOR i IN 1..50 LOOP EXECUTE format('CREATE TABLE passages.%I PARTITION OF passage FOR VALUES IN (%L)',
                    'kb_' || replace(gen_random_uuid()::text, '-', ''), gen_random_uuid()); END LOOP; END $$`);
    const term = { word: 'text', lexemes: ['text'], passages: 6, weight: 1 };
    const locks = await withTransaction(db, async (tx) => {
      await prepare(tx, mine, [{ word: 'text', spelled: 'text' }], ['simple']);
      const found = await candidates(
        tx,
        { indexed: [], exact: mine },
        { vector: X, terms: { matched: [term], ranked: [term] } },
        10,
      );
      expect(new Set(found.map(({ id }) => id)).size).toBe(6);
      await passagesAround(tx, found, 1, ['text']);
      await tx.query('DELETE FROM passage WHERE knowledge_base_id = $1 AND version_id = $1', [mine[0]]);
      const held = await tx.query<{ n: number }>(
        `SELECT count(DISTINCT l.relation)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace s ON s.oid = c.relnamespace
       WHERE l.pid = pg_backend_pid() AND s.nspname = 'passages'`,
      );
      return held.rows[0]!.n;
    });
    // Two partitions, each with its three indexes.
    expect(locks).toBeLessThanOrEqual(2 * 4);
  },
);

test('passages without a partition of their own are found in the shared ones, and by nobody else', async ({ db }) => {
  const [mine, theirs] = [await aKnowledgeBase(db), await aKnowledgeBase(db)];
  await passages(db, mine, 2);
  await passages(db, theirs, 2);
  const found = await candidates(db, { indexed: [], exact: [mine] }, { vector: X, terms: NO_TERMS }, 10);
  expect(new Set(found.map(({ knowledgeBaseId }) => knowledgeBaseId))).toEqual(new Set([mine]));
  await dropPassages({ pool: db, log: silentLog }, mine);
  expect(await candidates(db, { indexed: [], exact: [mine] }, { vector: X, terms: NO_TERMS }, 10)).toEqual([]);
  expect(await candidates(db, { indexed: [], exact: [theirs] }, { vector: X, terms: NO_TERMS }, 10)).toHaveLength(2);
});

test('the same partition is made once by two jobs at a time', async ({ db }) => {
  const id = await aKnowledgeBase(db);
  await Promise.all([1, 2, 3].map(() => ensurePartition({ pool: db, log: silentLog }, id)));
  const { rows } = await db.query('SELECT partitioned FROM knowledge_base WHERE id = $1', [id]);
  expect(rows).toEqual([{ partitioned: true }]);
});

test.skipIf(EMBEDDED)(
  'while searches hold the partitions a new one waits a moment, and is done without',
  { timeout: 60_000 },
  async ({ db }) => {
    const id = await aKnowledgeBase(db);
    const reader = await db.connect();
    try {
      await reader.query('BEGIN; LOCK TABLE passages.shared IN ACCESS SHARE MODE');
      await ensurePartition({ pool: db, log: silentLog }, id);
      const { rows } = await db.query('SELECT partitioned FROM knowledge_base WHERE id = $1', [id]);
      expect(rows).toEqual([{ partitioned: false }]);
    } finally {
      await reader.query('ROLLBACK');
      reader.release();
    }
  },
);

test.skipIf(EMBEDDED)(
  'a vector index is built beside the searches, found by the next one, and built anew where a build broke off',
  { timeout: 60_000 },
  async ({ db }) => {
    const ctx = { pool: db, log: silentLog, config: { EMBEDDED: false } } as unknown as Context;
    const id = await aKnowledgeBase(db);
    await ensurePartition(ctx, id);
    await passages(db, id, 1_200, '[0,1,0]');
    expect(await indexed(db, id)).toBe(false);
    await indexVectors(ctx, id);
    expect(await indexed(db, id)).toBe(true);
    const found = await candidates(db, { indexed: [id], exact: [] }, { vector: Y, terms: NO_TERMS }, 5);
    expect(found.toSorted((a, b) => b.cosine - a.cosine)[0]).toMatchObject({ ordinal: 1 });
    await db.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass`, [
      `passages.kb_${id.replaceAll('-', '')}_near`,
    ]);
    expect(await vectorIndexOf(db, id)).toBe('broken');
    await indexVectors(ctx, id);
    expect(await vectorIndexOf(db, id)).toBe('ready');
  },
);

test('on the embedded database no vector index is built: it would stop everybody for seconds', async ({ db }) => {
  const ctx = { pool: db, log: silentLog, config: { EMBEDDED: true } } as unknown as Context;
  const id = await aKnowledgeBase(db);
  await ensurePartition(ctx, id);
  await passages(db, id, 10);
  await indexVectors(ctx, id);
  expect(await vectorIndexOf(db, id)).toBe('none');
});
