import type { Pool } from 'pg';
import { newId } from '../../core/ids.ts';
import { createAndAttach, createVectorIndex } from '../../core/knowledge/partitions.sql.ts';
import { vectorBytes } from '../../core/retrieval/vector-bytes.ts';
import { withTransaction } from '../../core/storage/pool.ts';
import { run, sql } from '../../core/storage/sql.ts';
import { randomFrom, type Corpus } from './retrieval-data.ts';

export type Sampled = { knowledgeBase: number; vector: Float32Array; words: string[] };

const ROWS_AT_ONCE = 400;
const PASSAGES_OF_A_DOCUMENT = 50;
const INDEX_FROM = 500;

/** Writes the corpus as the product lays it out: a partition each, a vector index from 500 passages on. Gives its ids and every 100th passage. */
export async function fillProduct(
  pool: Pool,
  corpus: Corpus,
  model: string,
): Promise<{ ids: string[]; sampled: Sampled[] }> {
  const random = randomFrom(7);
  const owner = newId();
  const ids: string[] = [];
  const sampled: Sampled[] = [];
  for (const [index, size] of corpus.sizes.entries()) {
    const id = newId();
    ids.push(id);
    await run(
      pool,
      sql`INSERT INTO knowledge_base (id, name, owner_kind, owner_id, embedding_model, dimensions)
          VALUES (${id}, ${`Knowledge base ${index}`}, 'person', ${owner}, ${model}, ${corpus.dimensions})`,
    );
    await withTransaction(pool, (tx) => createAndAttach(tx, id));
    let document = { id: '', version: '' };
    for (let from = 0; from < size; from += ROWS_AT_ONCE) {
      const rows: unknown[][] = [];
      for (let ordinal = from; ordinal < Math.min(size, from + ROWS_AT_ONCE); ordinal += 1) {
        if (ordinal % PASSAGES_OF_A_DOCUMENT === 0)
          document = await insertDocument(pool, id, `Document ${ordinal / PASSAGES_OF_A_DOCUMENT}.txt`);
        const { vector, words } = corpus.passage(index, random);
        if (random() < 0.01) sampled.push({ knowledgeBase: index, vector, words });
        rows.push([
          id,
          newId(),
          document.id,
          document.version,
          ordinal % PASSAGES_OF_A_DOCUMENT,
          words.join(' '),
          tsvectorOf(words),
          vectorBytes(vector),
        ]);
      }
      await insertRows(pool, rows);
    }
    await run(pool, sql`UPDATE knowledge_base SET passage_count = ${size} WHERE id = ${id}`);
    await run(
      pool,
      sql`INSERT INTO passage_term SELECT ${id}::uuid, term, count(*)::int
          FROM passage, unnest(tsvector_to_array(search)) AS term WHERE knowledge_base_id = ${id} GROUP BY term`,
    );
    if (size >= INDEX_FROM) await createVectorIndex(pool, id, corpus.dimensions);
  }
  await pool.query('VACUUM ANALYZE');
  return { ids, sampled };
}

/** The same passages in one table with one vector index. */
export async function fillReference(pool: Pool, dimensions: number): Promise<void> {
  await pool.query(
    `CREATE TABLE one_table AS SELECT id, knowledge_base_id, embedding::vector(${dimensions}) FROM passage`,
  );
  const client = await pool.connect();
  try {
    await client.query("SET maintenance_work_mem = '1GB'");
    await client.query('CREATE INDEX ON one_table USING hnsw (embedding vector_cosine_ops)');
  } finally {
    client.release(true);
  }
  await pool.query('VACUUM ANALYZE one_table');
}

/** What pgvector's documentation advises where few rows pass a filter: an index on it, for the planner to choose. */
export async function addFilterIndex(pool: Pool): Promise<void> {
  await pool.query('CREATE INDEX ON one_table (knowledge_base_id)');
  await pool.query('ANALYZE one_table');
}

async function insertDocument(
  pool: Pool,
  knowledgeBaseId: string,
  name: string,
): Promise<{ id: string; version: string }> {
  const [id, version] = [newId(), newId()];
  await run(
    pool,
    sql`INSERT INTO document (id, knowledge_base_id, name, live_version_id) VALUES (${id}, ${knowledgeBaseId}, ${name}, ${version})`,
  );
  await run(
    pool,
    sql`INSERT INTO document_version (id, document_id, version, file_name, file_key, sha256, bytes, format, stage)
        VALUES (${version}, ${id}, 1, ${name}, ${version}, ${Buffer.alloc(32)}, 1, 'text', 'ready')`,
  );
  return { id, version };
}

async function insertRows(pool: Pool, rows: readonly unknown[][]): Promise<void> {
  const width = rows[0]?.length ?? 0;
  const values = rows.map(
    (_, row) => `(${Array.from({ length: width }, (__, column) => `$${row * width + column + 1}`).join(',')})`,
  );
  const text = `INSERT INTO passage (knowledge_base_id, id, document_id, version_id, ordinal, text, search, embedding) VALUES ${values.join(',')}`;
  await pool.query(text, rows.flat());
}

function tsvectorOf(words: readonly string[]): string {
  const places = new Map<string, number[]>();
  words.forEach((word, index) => places.set(word, [...(places.get(word) ?? []), index + 1]));
  return [...places].map(([word, at]) => `${word}:${at.join(',')}`).join(' ');
}
