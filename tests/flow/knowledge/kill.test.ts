import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { listDocuments } from '../../../core/knowledge/documents.ts';
import { search } from '../../../core/retrieval/search.ts';
import { test } from '../../setup/database.ts';
import { anInstallation } from './installation.ts';

const FILES = 50;
const KILLED_AFTER_READY = 5;
/** What the product promises after a kill, ms. */
const SEARCHABLE_WITHIN_MS = 120_000;

test(
  'after kill -9 while 50 files are ingested all 50 are searchable within two minutes of the next start, none twice',
  { timeout: 240_000 },
  async ({ database }) => {
    const house = await anInstallation(database);
    const { id, scope } = await house.aKnowledgeBase();
    const marks = Array.from({ length: FILES }, (_, n) => `mark${n}q${(n * 7_919) % 1_000}`);
    for (const [n, mark] of marks.entries())
      await house.upload(id, `File-${n}.md`, `# File ${n}\n\nIn here stands ${mark} and nothing else of note.\n`);
    const ready = async () =>
      (await listDocuments(house.ctx, scope, id, { after: null, limit: 100 })).filter(({ stage }) => stage === 'ready')
        .length;

    const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
    const worker = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, JSON.stringify(database.connection), house.folder],
      { stdio: 'inherit' },
    );
    await expect.poll(ready, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(KILLED_AFTER_READY);
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
    expect(await ready()).toBeLessThan(FILES);

    await house.work();
    await expect.poll(ready, { timeout: SEARCHABLE_WITHIN_MS, interval: 200 }).toBe(FILES);
    for (const [n, mark] of marks.entries()) {
      const found = await search(house.ctx, scope, { text: `Where stands ${mark}?`, limit: 5 });
      expect(found.filter(({ text }) => text.includes(mark)).map(({ documentName }) => documentName)).toEqual([
        `File-${n}.md`,
      ]);
    }
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS passages, count(DISTINCT document_id)::int AS documents FROM passage WHERE knowledge_base_id = $1',
      [id],
    );
    expect(rows).toEqual([{ passages: FILES, documents: FILES }]);
    expect(
      (await database.pool.query('SELECT 1 FROM passage_version WHERE knowledge_base_id = $1', [id])).rowCount,
    ).toBe(0);
    await house.close();
  },
);
