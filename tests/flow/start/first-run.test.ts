import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { firstRun } from '../../../core/setup/first-run.ts';
import { readFirstSignIn } from '../../../core/setup/first-sign-in.ts';
import { readSample } from '../../../core/setup/sample.ts';
import { beginFirstRun } from '../../../core/setup/setup.sql.ts';
import { signInWithPassword } from '../../../core/identity/passwords.ts';
import { aContext } from '../../factories/context.ts';
import { freshDatabase, test as onDatabase } from '../../setup/database.ts';
import { start, type Running } from '../../setup/program.ts';

const folder = () => mkdtemp(path.join(tmpdir(), 'gatehouse-first-run-'));
describe('a first run', () => {
  test('happens once although two processes start on one empty database at the same moment', async (context) => {
    if (inject('databases').kind !== 'server')
      return context.skip('needs PostgreSQL: a second start on an embedded database is refused');
    const { url, pool, close } = await freshDatabase();
    const folders = [await folder(), await folder()];
    const settings = {
      DATABASE_URL: url,
      SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      PUBLIC_URL: 'http://localhost:3000',
      SAMPLE: '1',
      PARTS: 'portal',
    };
    const both: Running[] = [];
    const gate = await pool.connect();
    try {
      // Neither can see whether anybody is there before both have come to that question.
      await gate.query('BEGIN; LOCK TABLE person IN ACCESS EXCLUSIVE MODE');
      for (const DATA_DIR of folders) both.push(await start({ ...settings, DATA_DIR }));
      const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(async () => (await pool.query(waiting)).rows[0].n, { timeout: 60_000 }).toBe(2);
      await gate.query('COMMIT');
      await Promise.all(both.map((each) => each.ready()));
      const { people, knowledgeBases } = await readSample();
      const counted = await pool.query(
        `SELECT (SELECT count(*) FROM person WHERE from_sample)::int AS people, (SELECT count(*) FROM person WHERE NOT from_sample)::int AS own,
                (SELECT count(*) FROM document)::int AS documents, (SELECT count(*) FROM knowledge_base)::int AS bases`,
      );
      expect(counted.rows).toEqual([
        {
          people: people.length,
          own: 1,
          documents: knowledgeBases.flatMap((base) => base.documents).length,
          bases: knowledgeBases.length,
        },
      ]);
      const files = await Promise.all(folders.map((each) => readdir(each)));
      expect(files.flat().filter((name) => name === 'first-sign-in.txt')).toHaveLength(1);
      expect(both.filter((each) => each.said().includes('Sign in'))).toHaveLength(1);
      expect(await Promise.all(both.map((each) => each.stop()))).toEqual([0, 0]);
    } finally {
      for (const { child } of both) child.kill('SIGKILL');
      gate.release(true);
      await close();
      for (const each of folders) await rm(each, { recursive: true, force: true });
    }
  });

  onDatabase(
    'that was broken off is taken up by the next start, and one that was not is not repeated',
    async ({ database }) => {
      const ctx = await aContext(database);
      await beginFirstRun(ctx.pool);
      const lost = await firstRun(ctx, database.connection);
      await beginFirstRun(ctx.pool);
      const { first } = await firstRun(ctx, database.connection);
      expect(first).toEqual(await readFirstSignIn(ctx.config));
      const signIn = (password: string) =>
        signInWithPassword(ctx, { email: first!.email, password, address: null, device: null });
      await expect(signIn(lost.first!.password)).rejects.toMatchObject({ code: 'sign_in_failed' });
      expect((await signIn(first!.password)).mustChangePassword).toBe(true);
      expect(await firstRun(ctx, database.connection)).toEqual({ documents: 0, first: null });
      expect(await ctx.db.person.count()).toBe(1);
      await ctx.close();
    },
  );
});

test('a later start says again where the first password stands, in full where that is elsewhere', async () => {
  const data = await folder();
  const settings = { DATA_DIR: data, SAMPLE: '0', PARTS: 'portal' };
  const signIn = `admin@gatehouse.local, password in the file below\n            ${data}/first-sign-in.txt holds it until`;
  try {
    for (const time of ['first', 'second']) {
      const running = await start(settings);
      await running.ready();
      expect(await running.stop(), `the ${time} time`).toBe(0);
      expect(running.said()).toContain(signIn);
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
