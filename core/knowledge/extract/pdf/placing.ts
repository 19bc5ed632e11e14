import type { Rect } from '../types.ts';
import type { Engine } from './engine.ts';

/** Turns places of PDF space (origin at the bottom, before rotation) into places of the page as it is shown. */
export type Placing = {
  width: number;
  height: number;
  /** The page's left edge in PDF space; null where the page is turned. */
  x: number | null;
  rect: (x0: number, y0: number, x1: number, y1: number) => Rect;
};

const A4 = [0, 842, 595, 0] as const;

/** Size and placing of a page, by its visible box and its rotation. `scratch`: 16 bytes of the engine's memory. */
export function placingOf(pdfium: Engine, page: number, scratch: number): Placing {
  const known = pdfium.FPDF_GetPageBoundingBox(page, scratch) !== 0;
  const box = known ? pdfium.floats().subarray(scratch >> 2, (scratch >> 2) + 4) : A4;
  const [left = 0, top = 842, right = 595, bottom = 0] = box;
  const [width, height] = [right - left, top - bottom];
  switch (pdfium.FPDFPage_GetRotation(page)) {
    case 1:
      return {
        width: height,
        height: width,
        x: null,
        rect: (x0, y0, x1, y1) => [y0 - bottom, x0 - left, y1 - bottom, x1 - left],
      };
    case 2:
      return { width, height, x: null, rect: (x0, y0, x1, y1) => [right - x1, y0 - bottom, right - x0, y1 - bottom] };
    case 3:
      return {
        width: height,
        height: width,
        x: null,
        rect: (x0, y0, x1, y1) => [top - y1, right - x1, top - y0, right - x0],
      };
    default:
      return { width, height, x: left, rect: (x0, y0, x1, y1) => [x0 - left, top - y1, x1 - left, top - y0] };
  }
}
