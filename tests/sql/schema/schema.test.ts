import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { test } from '../../setup/database.ts';
import { factsOfDatabase } from './database-facts.sql.ts';
import { factsOfPrisma } from './prisma-facts.ts';

const schema = () => readFile(path.join(import.meta.dirname, '../../../prisma/schema.prisma'), 'utf8');
const difference = (left: readonly string[], right: readonly string[]) => left.filter((fact) => !right.includes(fact));

test('schema.prisma says what the migrations make, and nothing else', async ({ db }) => {
  const said = factsOfPrisma(await schema());
  const made = await factsOfDatabase(db);
  expect({ onlyInSchema: difference(said, made), onlyInDatabase: difference(made, said) }).toEqual({
    onlyInSchema: [],
    onlyInDatabase: [],
  });
});

test('a column, an index or a rule that only one of them has is seen', async ({ db }) => {
  const said = factsOfPrisma(await schema());
  const client = await db.connect();
  try {
    await client.query('BEGIN');
    await client.query('ALTER TABLE person ADD COLUMN nickname text');
    await client.query('ALTER TABLE session ALTER COLUMN expires_at DROP NOT NULL');
    await client.query('DROP INDEX session_person');
    const made = await factsOfDatabase({ query: client.query.bind(client) } as typeof db);
    expect(difference(made, said)).toEqual(['person.nickname text', 'session.expires_at timestamp with time zone']);
    expect(difference(said, made)).toEqual([
      'session index (person_id)',
      'session.expires_at timestamp with time zone not null',
    ]);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});
