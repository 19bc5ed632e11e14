import { expect } from 'vitest';
import { freshDatabase, test } from '../setup/database.ts';

test('two databases of a file know nothing of each other', async ({ db }) => {
  const other = await freshDatabase();
  await other.pool.query('CREATE TABLE only_there (id int)');
  await expect(db.query('SELECT * FROM only_there')).rejects.toThrow('does not exist');
  await other.close();
});

test('a fresh database is migrated and has pgvector', async ({ db }) => {
  const { rows } = await db.query(
    `SELECT '[1,2]'::vector <-> '[1,4]'::vector AS distance, (SELECT count(*) FROM person) AS people`,
  );
  expect(rows).toEqual([{ distance: 2, people: 0 }]);
});

test('its address works as a DATABASE_URL', async ({ database }) => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query('SELECT count(*)::int AS n FROM person')).rows).toEqual([{ n: 0 }]);
  await client.end();
});
