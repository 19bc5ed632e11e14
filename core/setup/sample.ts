import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { versionsOf } from '../access/company/contradictions.ts';
import { parseCompanyFile, type CompanyFile } from '../access/company/file.ts';
import { importCompany } from '../access/company/import.ts';
import type { Context } from '../context.ts';
import { knowledgeBaseNamed } from '../knowledge/knowledge-bases.sql.ts';
import { acceptUpload } from '../knowledge/uploads.ts';

/** The folder with company.yaml and the documents. */
export const SAMPLE_DIR = fileURLToPath(new URL('../../prisma/sample/', import.meta.url));

/** The sample company as its file describes it. */
export const readSample = async (): Promise<CompanyFile> =>
  parseCompanyFile(await readFile(path.join(SAMPLE_DIR, 'company.yaml'), 'utf8'));

/**
 * Brings the sample company into the database and its documents into the queue: the one that answers the sample question
 * first. Gives the number of documents; they are ingested by the workers from then on.
 */
export async function loadSample(ctx: Context): Promise<number> {
  const company = await readSample();
  await importCompany(ctx, { personId: null, surface: 'command_line' }, company, { fromSample: true });
  const first = company.sampleQuestion?.document;
  const documents = company.knowledgeBases.flatMap((base) =>
    base.documents.map((entry) => ({ base: base.name, files: versionsOf(entry) })),
  );
  const ordered = documents.toSorted(
    (a, b) => Number(b.files.includes(first ?? '')) - Number(a.files.includes(first ?? '')),
  );
  for (const { base, files } of ordered) {
    const knowledgeBase = await knowledgeBaseNamed(ctx.pool, base);
    if (!knowledgeBase) continue;
    for (const file of files)
      await acceptUpload(ctx, {
        knowledgeBaseId: knowledgeBase.id,
        personId: null,
        surface: 'command_line',
        name: path.basename(file),
        content: await readFile(path.join(SAMPLE_DIR, file)),
      });
  }
  return ordered.length;
}
