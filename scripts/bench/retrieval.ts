import type { Pool } from 'pg';
import { mintScope } from '../../core/access/scope.ts';
import type { Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import { candidates, type SearchedIn } from '../../core/retrieval/candidates.sql.ts';
import { search, searchedIn } from '../../core/retrieval/search.ts';
import { prepare } from '../../core/retrieval/terms.sql.ts';
import { vectorBytes } from '../../core/retrieval/vector-bytes.ts';
import { rows, sql } from '../../core/storage/sql.ts';
import { benchDatabase } from './database.ts';
import { percentile, rounded, type BenchResult } from './result.ts';
import { makeCorpus, randomFrom, type Corpus } from './retrieval-data.ts';
import { addFilterIndex, fillProduct, fillReference, type Sampled } from './retrieval-fill.sql.ts';

const KNOWLEDGE_BASES = 200;
const PASSAGES = 200_000;
const DIMENSIONS = 384;
const MODEL = 'bench:384';
const QUESTIONS = 300;
const WARM_UP = 50;
const K = 10;

type Asked = { vector: Float32Array; text: string; ids: readonly string[] };

/**
 * Retrieval over 200 knowledge bases of unequal size, 200,000 passages of 384 dimensions in all, 5 of them allowed.
 *
 * `recallAt10`, `p50Ms`, `p95Ms`: the nearest ten by the product's statement, one question after the other, against exact
 * search; the reference is one table with one HNSW index and iterative scan (relaxed order) in the same PostgreSQL, asked in
 * turns with ours. `withFilterIndex…`: the reference once more with an index on the knowledge base beside it, so that the
 * planner may leave the vector index alone where few passages are allowed. `hybrid…`: the whole of `search`, three statements, full text and vectors fused, the question's vector
 * given. `hybrid100…`: the same with 100 allowed. Ratio `p95`: the reference's by ours.
 */
export async function benchRetrieval(size: { knowledgeBases?: number; passages?: number } = {}): Promise<BenchResult> {
  const database = await benchDatabase(4);
  try {
    const { pool } = database;
    const corpus = makeCorpus({
      knowledgeBases: size.knowledgeBases ?? KNOWLEDGE_BASES,
      passages: size.passages ?? PASSAGES,
      dimensions: DIMENSIONS,
    });
    const { ids, sampled } = await fillProduct(pool, corpus, MODEL);
    await fillReference(pool, DIMENSIONS);
    const five = questions(corpus, sampled, ids, 5);
    const hundred = questions(corpus, sampled, ids, Math.min(100, ids.length));
    const exact = await nearestOfAll(pool, five);
    const vectors = await askVectors(pool, five, exact);
    await addFilterIndex(pool);
    const filtered = await askVectors(pool, five, exact);
    const hybrid = await askHybrid(pool, five);
    const hybrid100 = await askHybrid(pool, hundred);
    const [ours, theirs] = [vectors.ours, vectors.theirs];
    return {
      figures: {
        recallAt10: rounded(ours.recall, 4),
        p50Ms: rounded(percentile(ours.ms, 0.5)),
        p95Ms: rounded(percentile(ours.ms, 0.95)),
        hybridP50Ms: rounded(percentile(hybrid, 0.5)),
        hybridP95Ms: rounded(percentile(hybrid, 0.95)),
        hybrid100P50Ms: rounded(percentile(hybrid100, 0.5)),
        hybrid100P95Ms: rounded(percentile(hybrid100, 0.95)),
      },
      reference: {
        recallAt10: rounded(theirs.recall, 4),
        p50Ms: rounded(percentile(theirs.ms, 0.5)),
        p95Ms: rounded(percentile(theirs.ms, 0.95)),
        withFilterIndexRecallAt10: rounded(filtered.theirs.recall, 4),
        withFilterIndexP50Ms: rounded(percentile(filtered.theirs.ms, 0.5)),
        withFilterIndexP95Ms: rounded(percentile(filtered.theirs.ms, 0.95)),
      },
      ratios: { p95: timesFaster(vectors), withFilterIndexP95: timesFaster(filtered) },
    };
  } finally {
    await database.close();
  }
}

/** Each asks for something near a passage in one of the knowledge bases that it may read, with six of its words and two others. */
function questions(corpus: Corpus, sampled: readonly Sampled[], ids: readonly string[], allowed: number): Asked[] {
  const random = randomFrom(allowed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  return Array.from({ length: QUESTIONS }, () => {
    const target = pick(sampled);
    const readable = new Set([ids[target.knowledgeBase] ?? '']);
    while (readable.size < allowed) readable.add(pick(ids));
    const words = Array.from({ length: 6 }, () => pick(target.words));
    return { vector: corpus.near(target.vector, random), text: [...words, 'w1', 'w2'].join(' '), ids: [...readable] };
  });
}

type Compared = { ours: { ms: number[] }; theirs: { ms: number[] } };
const timesFaster = ({ ours, theirs }: Compared): number =>
  rounded(percentile(theirs.ms, 0.95) / percentile(ours.ms, 0.95));

type Found = readonly { id: string }[];

/** What each should find, asked before anything is timed: an exact search reads so much that the next one would start cold. */
async function nearestOfAll(pool: Pool, asked: readonly Asked[]): Promise<Map<Asked, Found>> {
  const exact = new Map<Asked, Found>();
  for (const question of asked) exact.set(question, await nearest(pool, question.vector, question.ids));
  return exact;
}

async function askVectors(pool: Pool, asked: readonly Asked[], exact: ReadonlyMap<Asked, Found>) {
  const ours = { ms: [] as number[], recall: 0 };
  const theirs = { ms: [] as number[], recall: 0 };
  const reference = await pool.connect();
  try {
    await reference.query("SET hnsw.iterative_scan = 'relaxed_order'; SET hnsw.ef_search = 40");
    for (const [index, question] of [...asked.slice(0, WARM_UP), ...asked].entries()) {
      const { vector, ids } = question;
      const places = searchedIn((await prepare(pool, ids, [], [])).knowledgeBases);
      const [found, foundMs] = await timed(() => nearestOfOurs(pool, vector, places));
      const [other, otherMs] = await timed(() =>
        rows<{ id: string }>(
          reference,
          sql`SELECT id FROM one_table WHERE knowledge_base_id = ANY(${ids}::uuid[])
              ORDER BY embedding <=> ${vectorBytes(vector)}::vector LIMIT ${K}`,
        ),
      );
      if (index < WARM_UP) continue;
      ours.ms.push(foundMs);
      theirs.ms.push(otherMs);
      ours.recall += share(exact.get(question) ?? [], found) / asked.length;
      theirs.recall += share(exact.get(question) ?? [], other) / asked.length;
    }
  } finally {
    reference.release(true);
  }
  return { ours, theirs };
}

const nearestOfOurs = async (pool: Pool, vector: Float32Array, places: SearchedIn): Promise<{ id: string }[]> =>
  (await candidates(pool, places, { vector, terms: { matched: [], ranked: [] } }, K))
    .toSorted((a, b) => b.cosine - a.cosine)
    .slice(0, K);

/** Without any index: the embeddings as they are, not in half precision. */
const nearest = (pool: Pool, vector: Float32Array, ids: readonly string[]): Promise<{ id: string }[]> =>
  rows(
    pool,
    sql`SELECT id FROM one_table WHERE knowledge_base_id = ANY(${ids}::uuid[]) ORDER BY (embedding <=> ${vectorBytes(vector)}::vector) + 0 LIMIT ${K}`,
  );

const share = (exact: Found, found: Found): number => {
  const ids = new Set(found.map(({ id }) => id));
  return exact.filter(({ id }) => ids.has(id)).length / exact.length;
};

async function askHybrid(pool: Pool, asked: readonly Asked[]): Promise<number[]> {
  const given = new Map(asked.map(({ text, vector }) => [text, vector]));
  const embedder = {
    name: MODEL,
    dimensions: DIMENSIONS,
    notFoundBelow: 0,
    embed: async (texts: readonly string[]) => texts.flatMap((text) => given.get(text) ?? []),
    close: async () => undefined,
  };
  const ctx = { pool, models: { embedder: async () => embedder } } as unknown as Pick<Context, 'pool' | 'models'>;
  const person = newId();
  const ms: number[] = [];
  for (const [index, { text, ids }] of [...asked.slice(0, WARM_UP), ...asked].entries()) {
    const [, took] = await timed(() => search(ctx, mintScope(person, ids), { text, limit: 5 }));
    if (index >= WARM_UP) ms.push(took);
  }
  return ms;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}
