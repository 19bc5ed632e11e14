import type { Segment } from './segments.ts';

/** Segments side by side at one height, from left to right. */
export type Row = { segments: Segment[]; left: number; top: number; right: number; bottom: number; size: number };

/** Groups segments into rows from top to bottom. Each belongs to the row that covers at least half its height. */
export function rowsOf(segments: readonly Segment[]): Row[] {
  const rows: Row[] = [];
  for (const segment of segments.toSorted((one, other) => one.top - other.top || one.left - other.left)) {
    const row = rows.slice(-3).findLast((candidate) => shares(candidate, segment));
    if (row) addTo(row, segment);
    else
      rows.push({
        segments: [segment],
        left: segment.left,
        top: segment.top,
        right: segment.right,
        bottom: segment.bottom,
        size: segment.size,
      });
  }
  for (const row of rows)
    if (row.segments.length > 1)
      row.segments = withMarkJoined(row.segments.toSorted((one, other) => one.left - other.left));
  return rows;
}

function shares(row: Row, segment: Segment): boolean {
  const overlap = Math.min(row.bottom, segment.bottom) - Math.max(row.top, segment.top);
  return overlap > 0.5 * Math.min(row.bottom - row.top, segment.bottom - segment.top);
}

function addTo(row: Row, segment: Segment): void {
  row.segments.push(segment);
  row.left = Math.min(row.left, segment.left);
  row.right = Math.max(row.right, segment.right);
  // The largest letters say where the row is; a superscript must not widen it until it swallows the next line.
  if (segment.size > row.size) [row.size, row.top, row.bottom] = [segment.size, segment.top, segment.bottom];
}

const MARK = /^(?:[•▪◦‣●○■□➢✓–*-]|\(?\d{1,2}[.)]|\(?[a-z][.)])$/;

/** The mark of a list item belongs to its text, however far it stands from it. */
function withMarkJoined(segments: Segment[]): Segment[] {
  const [mark, text, ...others] = segments;
  if (!mark || !text || !MARK.test(mark.text)) return segments;
  return [{ ...text, text: `${mark.text} ${text.text}`, left: mark.left, gaps: [] }, ...others];
}

/** The text of a row: segments side by side are words apart. */
export const rowText = (row: Row): string =>
  row.segments.length === 1 ? (row.segments[0]?.text ?? '') : row.segments.map((segment) => segment.text).join(' ');

export const isBoldRow = (row: Row): boolean => row.segments.every((segment) => segment.bold);
