import { AppError } from '../../errors.ts';
import { guessLanguage } from './language.ts';
import { recogniseFormat } from './recognise.ts';
import { refusals } from './refusals.ts';
import type { DocumentFormat, ExtractedDocument, ParsedDocument } from './types.ts';

/** Loaded on first use: a process that reads only text never pays for the PDF engine. */
const PARSERS: Readonly<Record<DocumentFormat, (bytes: Uint8Array, name: string) => Promise<ParsedDocument>>> = {
  pdf: async (bytes) => (await import('./pdf.ts')).parsePdf(bytes),
  docx: async (bytes, name) => (await import('./docx.ts')).parseDocx(bytes, name),
  pptx: async (bytes, name) => (await import('./pptx.ts')).parsePptx(bytes, name),
  xlsx: async (bytes, name) => (await import('./xlsx.ts')).parseXlsx(bytes, name),
  csv: async (bytes) => (await import('./csv.ts')).parseCsv(bytes),
  html: async (bytes) => (await import('./html.ts')).parseHtml(bytes),
  markdown: async (bytes) => (await import('./markdown.ts')).parseMarkdown(bytes),
  text: async (bytes) => (await import('./text.ts')).parseText(bytes),
};

/**
 * The blocks of a file of any of the eight formats. Runs inside an extraction process, never in the server itself.
 * @throws AppError file_empty, file_too_large, file_type_unknown, file_type_mismatch, file_encrypted, file_corrupt,
 * file_bomb, file_no_text
 */
export async function extractDocument(name: string, bytes: Uint8Array): Promise<ExtractedDocument> {
  const format = recogniseFormat(name, bytes);
  const parsed = await PARSERS[format](bytes, name).catch((error: unknown) => {
    throw error instanceof AppError ? error : refusals.corrupt(error);
  });
  const blocks = parsed.blocks
    .map((block) => ({ ...block, text: cleaned(block.text) }))
    .filter((block) => block.text.trim() !== '');
  if (blocks.length === 0) throw refusals.noText();
  return {
    ...parsed,
    title: parsed.title?.trim().slice(0, 300) || null,
    blocks,
    language: guessLanguage(sampleOf(blocks)),
  };
}

/** PostgreSQL stores no zero byte, and half of a surrogate pair is no text. */
function cleaned(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n]|[\u00ad\ufeff\ufffe\uffff]/gu, '')
    .replaceAll('\u00a0', ' ');
}

function sampleOf(blocks: ExtractedDocument['blocks']): string {
  let sample = '';
  for (const block of blocks) {
    if (sample.length > 20_000) break;
    sample += `${block.text}\n`;
  }
  return sample;
}
