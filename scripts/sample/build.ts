/**
 * Writes the generated part of the sample company's documents (PDF, DOCX, PPTX, XLSX) to prisma/sample/documents, from
 * the readable sources in scripts/sample/content: the same bytes each time. The plain ones (Markdown, text, CSV, HTML)
 * are their own source and are left alone. Run it after changing a source: node scripts/sample/build.ts
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { equipmentCompendium } from './compendium.ts';
import { docxOf } from './docx.ts';
import { pdfOf } from './pdf.ts';
import { pptxOf } from './pptx.ts';
import { readSource } from './source.ts';
import type { Source } from './source.ts';
import { xlsxOf } from './xlsx.ts';

const WRITERS: Record<string, (source: Source) => Promise<Uint8Array>> = {
  pdf: pdfOf,
  docx: docxOf,
  pptx: pptxOf,
  xlsx: xlsxOf,
};
const content = path.join(import.meta.dirname, 'content');
const documents = path.join(import.meta.dirname, '../../prisma/sample/documents');

async function write(target: string, source: Source): Promise<void> {
  const writer = WRITERS[path.extname(target).slice(1)];
  if (!writer) throw new Error(`${target}: a source is named after its file, such as Policy.pdf.md`);
  const bytes = await writer(source);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  console.log(`${path.relative(documents, target)}  ${Math.ceil(bytes.length / 1024)} kB`);
}

for (const name of globSync('**/*.md', { cwd: content }).toSorted())
  await write(
    path.join(documents, name.replace(/\.md$/, '')),
    readSource(readFileSync(path.join(content, name), 'utf8')),
  );
await write(
  path.join(documents, 'manufacturing-sops/Equipment-Qualification-Compendium-2025.pdf'),
  equipmentCompendium(),
);
