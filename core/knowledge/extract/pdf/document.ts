import { refusals } from '../refusals.ts';
import { allocateName, engine, wideText } from './engine.ts';
import type { Engine } from './engine.ts';
import { readPage } from './page.ts';
import type { PageText } from './page.ts';

const ERROR_PASSWORD = 4;
const ERROR_SECURITY = 5;
const MAX_PAGES = 20_000;

/** All pages of a PDF and its own title; null for a page that cannot be read. @throws AppError file_encrypted, file_corrupt */
export async function openPdf(bytes: Uint8Array): Promise<{ title: string | null; pages: (PageText | null)[] }> {
  const pdfium = await engine();
  const file = pdfium.malloc(bytes.length);
  if (file === 0) throw refusals.memory();
  pdfium.bytes().set(bytes, file);
  const password = allocateName(pdfium, '');
  const document = pdfium.FPDF_LoadMemDocument(file, bytes.length, password);
  try {
    if (document === 0) throw refusalOf(pdfium.FPDF_GetLastError());
    const count = Math.min(pdfium.FPDF_GetPageCount(document), MAX_PAGES);
    if (count <= 0) throw refusals.corrupt();
    const pages = Array.from({ length: count }, (_, index) => readPage(pdfium, document, index));
    return { title: titleOf(pdfium, document), pages };
  } finally {
    if (document !== 0) pdfium.FPDF_CloseDocument(document);
    pdfium.free(password);
    pdfium.free(file);
  }
}

const refusalOf = (code: number): Error =>
  code === ERROR_PASSWORD || code === ERROR_SECURITY ? refusals.encrypted() : refusals.corrupt();

/** The title its author gave, not the one that a program made of the file's name. */
function titleOf(pdfium: Engine, document: number): string | null {
  const key = allocateName(pdfium, 'Title');
  const title = wideText(pdfium, (buffer, size) => pdfium.FPDF_GetMetaText(document, key, buffer, size)).trim();
  pdfium.free(key);
  const isMade = /^(?:untitled|microsoft (?:word|powerpoint|excel)|.*\.(?:docx?|pptx?|xlsx?|pdf|indd|tex|dvi)$)/i.test(
    title,
  );
  return title.length < 3 || isMade ? null : title;
}
