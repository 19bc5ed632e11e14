import { describe, expect } from 'vitest';
import { newId } from '../../core/ids.ts';
import { deleteDocumentFiles } from '../../core/knowledge/deletion.ts';
import { withTransaction } from '../../core/storage/pool.ts';
import { test } from '../factories/context.ts';

describe('a transaction that takes another connection', () => {
  test('is refused here, where on the embedded database it would wait for itself: by hand', async ({ ctx }) => {
    const inside = withTransaction(ctx.pool, async (tx) => {
      await tx.query('SELECT 1');
      await ctx.pool.query('SELECT 1');
    });
    await expect(inside).rejects.toThrow('Another connection is taken inside a transaction');
    await expect(withTransaction(ctx.pool, async () => ctx.db.person.count())).rejects.toThrow(
      'Another connection is taken inside a transaction',
    );
  });

  test('and by Prisma', async ({ ctx }) => {
    await expect(ctx.db.$transaction(async () => ctx.pool.query('SELECT 1'))).rejects.toThrow('Another connection');
    await expect(ctx.db.$transaction(async () => ctx.db.person.count())).rejects.toThrow('Another connection');
  });

  test('is not one that does so afterwards', async ({ ctx }) => {
    await withTransaction(ctx.pool, async (tx) => tx.query('SELECT 1'));
    await ctx.pool.query('SELECT 1');
    await ctx.db.$transaction(async (tx) => tx.person.count());
    expect(await ctx.db.person.count()).toBe(0);
  });
});

test('a job is sent inside a transaction, without a look elsewhere, also while the workers begin', async ({ ctx }) => {
  let begun = false;
  const beginning = ctx.jobs.work(ctx).finally(() => (begun = true));
  const documentId = newId();
  do
    await expect(
      withTransaction(ctx.pool, (tx) =>
        ctx.jobs.send(tx, deleteDocumentFiles, { documentId }, { afterSeconds: 3_600 }),
      ),
    ).resolves.toBeUndefined();
  while (!begun);
  await beginning;
});
