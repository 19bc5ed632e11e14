import type { Engine } from './engine.ts';
import type { Placing } from './placing.ts';

/** A stretch of text on one line, without a gap wider than a word space. Points, origin at the page's top left. */
export type Segment = {
  text: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Font size in points as drawn. */
  size: number;
  bold: boolean;
  /** The gaps between its words, three numbers each: offset of the next word in `text`, where the gap begins and ends. */
  gaps: readonly number[];
};

/** How the first character of a segment is drawn. `baseline`: in PDF space. */
type Style = { size: number; baseline: number; upright: boolean };

/** Wider than this, in font sizes, a gap separates columns or cells, not words. */
const GAP = 1.2;
/** Only lines this short are asked whether they are bold: nothing longer is a heading. */
const MAX_BOLD_CHARS = 160;
const ASCENT = 0.78;
const DESCENT = 0.22;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const NO_BREAK_SPACE = 0xa0;
/** PDFium puts it in place of a hyphen and the line break after it. */
const HYPHEN_MARK = 0xfffe;

/** The text of one page in the order of its content. `scratch`: 512 bytes of the engine's memory. */
export function textSegments(pdfium: Engine, textPage: number, scratch: number, placing: Placing): Segment[] {
  const count = pdfium.FPDFText_CountChars(textPage);
  if (count <= 0) return [];
  const { codes, slice } = readCharacters(pdfium, textPage, count);
  const segments: Segment[] = [];
  const doubles = scratch >> 3;
  const readBox = (index: number): void => {
    pdfium.FPDFText_GetCharBox(textPage, index, scratch, scratch + 8, scratch + 16, scratch + 24);
  };
  let start = -1;
  let last = -1;
  let style: Style = { size: 0, baseline: 0, upright: true };
  let gaps: number[] = [];

  const end = (hyphenated: boolean): void => {
    if (start < 0) return;
    readBox(start);
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = pdfium.doubles().subarray(doubles, doubles + 4);
    readBox(last);
    const [x2 = 0, x3 = 0, y2 = 0, y3 = 0] = pdfium.doubles().subarray(doubles, doubles + 4);
    // A line is as high as its font, not as the letters that happen to stand at its ends.
    const low = style.upright ? style.baseline - DESCENT * style.size : Math.min(y0, y2);
    const high = style.upright ? style.baseline + ASCENT * style.size : Math.max(y1, y3);
    const [left, top, right, bottom] = placing.rect(Math.min(x0, x2), low, Math.max(x1, x3), high);
    const text = slice(start, last + 1) + (hyphenated ? '-' : '');
    const bold = text.length <= MAX_BOLD_CHARS && isBold(start) && isBold(last);
    segments.push({
      text,
      left: hundredths(left),
      top: hundredths(top),
      right: hundredths(right),
      bottom: hundredths(bottom),
      size: style.size,
      bold,
      gaps,
    });
    start = -1;
    gaps = [];
  };
  const isBold = (index: number): boolean => boldAt(pdfium, textPage, index, scratch);

  for (let index = 0; index < count; index++) {
    const code = codes[index] ?? 0;
    if (code === CARRIAGE_RETURN || code === LINE_FEED || code === HYPHEN_MARK) end(code === HYPHEN_MARK);
    if (code <= SPACE || code === NO_BREAK_SPACE || code === HYPHEN_MARK) continue;
    // A gap can be only where a word begins, so boxes are asked for there alone.
    if (start >= 0 && last < index - 1) {
      readBox(last);
      const right = pdfium.doubles()[doubles + 1] ?? 0;
      readBox(index);
      const left = pdfium.doubles()[doubles] ?? 0;
      const gap = left - right;
      if (gap > GAP * style.size || gap < -2 * style.size) end(false);
      else if (placing.x !== null && gap > 0) gaps.push(index - start, right - placing.x, left - placing.x);
    }
    if (start < 0) {
      start = index;
      style = styleAt(pdfium, textPage, index, scratch);
    }
    last = index;
  }
  end(false);
  return segments;
}

/** More digits than a screen can show would double what is stored. */
const hundredths = (points: number): number => Math.round(points * 100) / 100;

function styleAt(pdfium: Engine, textPage: number, index: number, scratch: number): Style {
  pdfium.FPDFText_GetMatrix(textPage, index, scratch);
  const [a = 1, b = 0, c = 0, d = 1, , f = 0] = pdfium.floats().subarray(scratch >> 2, (scratch >> 2) + 6);
  const size = pdfium.FPDFText_GetFontSize(textPage, index) * Math.hypot(c, d);
  const upright = Math.abs(b) < 0.05 * Math.abs(a) && Math.abs(c) < 0.3 * Math.abs(d) && d > 0;
  return { size: size > 0.5 && size < 500 ? size : 10, baseline: f, upright };
}

function boldAt(pdfium: Engine, textPage: number, index: number, scratch: number): boolean {
  if (pdfium.FPDFText_GetFontWeight(textPage, index) >= 600) return true;
  const name = scratch + 64;
  const length = pdfium.FPDFText_GetFontInfo(textPage, index, name, 256, scratch);
  if (length <= 1 || length > 256) return false;
  return /bold|black|heavy|demi/i.test(Buffer.from(pdfium.bytes().buffer, name, length - 1).toString('latin1'));
}

type Characters = { codes: Uint16Array; slice: (start: number, end: number) => string };

/** The page's characters, one unit each, so that a position in the text is a position on the page. */
function readCharacters(pdfium: Engine, textPage: number, count: number): Characters {
  const buffer = pdfium.malloc((count + 1) * 2);
  const written = pdfium.FPDFText_GetText(textPage, 0, count, buffer) - 1;
  const bytes = pdfium.bytes().slice(buffer, buffer + count * 2);
  pdfium.free(buffer);
  if (written === count) {
    const text = Buffer.from(bytes.buffer).toString('utf16le');
    return { codes: new Uint16Array(bytes.buffer), slice: (start, end) => text.slice(start, end) };
  }
  // Characters beyond 16 bits, or ones that the text leaves out: each is asked for.
  const points = Array.from({ length: count }, (_, index) => pdfium.FPDFText_GetUnicode(textPage, index));
  const codes = Uint16Array.from(points, (point) => Math.min(point, 0xfffd));
  for (const [index, point] of points.entries()) if (point === HYPHEN_MARK) codes[index] = HYPHEN_MARK;
  const characters = points.map((point) => (point > 0 && point <= 0x10_ffff ? String.fromCodePoint(point) : ''));
  return { codes, slice: (start, end) => characters.slice(start, end).join('') };
}
