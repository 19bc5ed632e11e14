import type { Pool, PoolClient } from 'pg';

type Query = (...given: unknown[]) => unknown;

/**
 * What a pool is asked while `work` runs, in the order of the alphabet, since some of it is asked at the same time. What the
 * queue asks by itself does not count.
 */
export async function statementsOf<T>(
  pool: Pool,
  work: () => Promise<T>,
): Promise<{ answer: T; statements: readonly string[] }> {
  const statements: string[] = [];
  const counted = new Map<PoolClient, Query>();
  const count = (client: PoolClient) => {
    if (counted.has(client)) return;
    const query = client.query.bind(client) as Query;
    counted.set(client, client.query);
    const counting: Query = (...given) => {
      const [first] = given;
      const text = typeof first === 'string' ? first : (first as { text: string }).text;
      if (!text.includes('pgboss')) statements.push(text);
      return query(...given);
    };
    Object.assign(client, { query: counting });
  };
  pool.on('acquire', count);
  try {
    return { answer: await work(), statements: statements.toSorted() };
  } finally {
    pool.off('acquire', count);
    for (const [client, query] of counted) Object.assign(client, { query });
  }
}
