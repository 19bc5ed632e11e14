import type { Engine } from './engine.ts';
import { wideText } from './engine.ts';
import type { Placing } from './placing.ts';
import type { Segment } from './segments.ts';

const WIDGET = 20;
const MAX_ANNOTATIONS = 5_000;
const VALUE_KEY = Uint8Array.of(0x56, 0);
/** What boxes that are ticked or not hold in place of a text. */
const SWITCHES = new Set(['', 'Off', 'On', 'Yes']);

/** What was filled into the text fields of a form: the viewer draws it, not the page. `scratch`: at least 64 bytes. */
export function fieldSegments(pdfium: Engine, page: number, scratch: number, placing: Placing): Segment[] {
  const segments: Segment[] = [];
  const count = Math.min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS);
  for (let index = 0; index < count; index++) {
    const annotation = pdfium.FPDFPage_GetAnnot(page, index);
    if (annotation === 0) continue;
    if (pdfium.FPDFAnnot_GetSubtype(annotation) === WIDGET) {
      const field = fieldSegment(pdfium, annotation, scratch, placing);
      if (field !== null) segments.push(field);
    }
    pdfium.FPDFPage_CloseAnnot(annotation);
  }
  return segments;
}

function fieldSegment(pdfium: Engine, annotation: number, scratch: number, placing: Placing): Segment | null {
  const key = scratch + 32;
  pdfium.bytes().set(VALUE_KEY, key);
  const text = wideText(pdfium, (buffer, size) =>
    pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size),
  ).trim();
  if (SWITCHES.has(text) || pdfium.FPDFAnnot_GetRect(annotation, scratch) === 0) return null;
  const [x0 = 0, y1 = 0, x1 = 0, y0 = 0] = pdfium.floats().subarray(scratch >> 2, (scratch >> 2) + 4);
  const [left, top, right, bottom] = placing.rect(
    Math.min(x0, x1),
    Math.min(y0, y1),
    Math.max(x0, x1),
    Math.max(y0, y1),
  );
  // Small, so that it takes its row from the label beside it and never looks like a heading.
  const size = Math.max(4, Math.min(9, bottom - top));
  return { text, left, top, right, bottom, size, bold: false, gaps: [] };
}
