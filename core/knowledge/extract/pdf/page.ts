import type { Engine } from './engine.ts';
import { fieldSegments } from './fields.ts';
import { placingOf } from './placing.ts';
import { textSegments } from './segments.ts';
import type { Segment } from './segments.ts';

/** A page's text in the order of its content; size in points. */
export type PageText = { width: number; height: number; segments: Segment[] };

const SCRATCH_BYTES = 2_048;

/** Reads one page, null where it cannot be loaded. `index` from 0. */
export function readPage(pdfium: Engine, document: number, index: number): PageText | null {
  const page = pdfium.FPDF_LoadPage(document, index);
  if (page === 0) return null;
  const textPage = pdfium.FPDFText_LoadPage(page);
  const scratch = pdfium.malloc(SCRATCH_BYTES);
  const placing = placingOf(pdfium, page, scratch);
  const segments = textPage === 0 ? [] : textSegments(pdfium, textPage, scratch, placing);
  segments.push(...fieldSegments(pdfium, page, scratch, placing));
  pdfium.free(scratch);
  if (textPage !== 0) pdfium.FPDFText_ClosePage(textPage);
  pdfium.FPDF_ClosePage(page);
  return { width: placing.width, height: placing.height, segments };
}
