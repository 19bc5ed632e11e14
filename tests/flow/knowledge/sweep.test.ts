import { expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { documentStatus } from '../../../core/knowledge/documents.ts';
import { sweep, sweepFiles } from '../../../core/knowledge/sweep.ts';
import { test } from '../../setup/database.ts';
import { anInstallation } from './installation.ts';

const TWO_DAYS_MS = 2 * 86_400_000;

test(
  'a version whose job is gone gets one again, and one whose job died each time says so',
  { timeout: 60_000 },
  async ({ database }) => {
    const house = await anInstallation(database);
    const { id, scope } = await house.aKnowledgeBase();
    const lost = await house.upload(id, 'Lost.md', '# Lost\n\nThe job of this file is gone.\n');
    const died = await house.upload(id, 'Died.md', '# Died\n\nThis one took the process with it.\n');
    await database.pool.query('DELETE FROM pgboss.job WHERE singleton_key = $1', [lost.versionId]);
    await database.pool.query(`UPDATE pgboss.job SET state = 'failed' WHERE singleton_key = $1`, [died.versionId]);
    await sweep(house.ctx);
    expect(await documentStatus(house.ctx, scope, died.id)).toMatchObject({
      stage: 'failed',
      error: { code: 'file_memory' },
    });
    await house.work();
    expect(await house.settled(scope, lost.id)).toMatchObject({ stage: 'ready' });
    await house.close();
  },
);

test('a file that no version names goes after a day, others stay', async ({ database }) => {
  const house = await anInstallation(database);
  const { id } = await house.aKnowledgeBase();
  const kept = await house.upload(id, 'Kept.md', '# Kept\n\nThis stays.\n');
  const [old, young] = [newId(Date.now() - TWO_DAYS_MS), newId()];
  for (const key of [old, young]) await house.ctx.files.put(key, Buffer.from('nobody knows this'));
  const later = { ...house.ctx, clock: { now: () => new Date(Date.now() + TWO_DAYS_MS / 4) } };
  expect(await sweepFiles(later)).toBe(1);
  expect((await Array.fromAsync(house.ctx.files.keys())).toSorted()).toEqual([young, kept.versionId].toSorted());
  await house.close();
});
