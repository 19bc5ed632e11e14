import { expect } from 'vitest';
import { acceptUpload } from '../../../core/knowledge/uploads.ts';
import { aKnowledgeBase, aPerson, OPERATOR } from '../../factories/company.ts';
import { aContext } from '../../factories/context.ts';
import { test } from '../../setup/database.ts';

test('what a person uploads goes before what nobody waits for', async ({ database }) => {
  const ctx = await aContext(database, { settings: { INGEST_CONCURRENCY: '1' } });
  try {
    const person = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: person });
    const put = (name: string, by: { personId: string | null }) =>
      acceptUpload(ctx, {
        ...OPERATOR,
        ...by,
        knowledgeBaseId: base.id,
        name,
        content: Buffer.from(`What ${name} says.`),
      });
    for (const name of ['sample-1.txt', 'sample-2.txt', 'sample-3.txt']) await put(name, { personId: null });
    await put('mine.txt', { personId: person.id });
    await ctx.jobs.work(ctx);
    await expect.poll(() => ctx.db.documentVersion.count({ where: { stage: 'ready' } }), { timeout: 60_000 }).toBe(4);
    const first = await ctx.db.documentVersion.findFirst({ orderBy: { readyAt: 'asc' }, select: { fileName: true } });
    expect(first?.fileName).toBe('mine.txt');
  } finally {
    await ctx.close();
  }
});
