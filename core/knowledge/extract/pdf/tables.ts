import type { Rect } from '../types.ts';
import { joinLines } from './lines.ts';
import type { Row } from './rows.ts';
import type { Segment } from './segments.ts';

/** A table's cells, and the lines of each of its rows; `end`: the first row of the flow behind it. */
export type PdfTable = { cells: string[][]; rects: Rect[][]; columns: Span[]; end: number };

export type Span = { left: number; right: number };

/** A table ends where the next row is further away than this, in font sizes. */
const MAX_ROW_DISTANCE = 4;

/**
 * The table that begins at a row of a flow: at least two rows of at least two cells each, whose columns do not touch.
 * Null where none begins.
 */
export function tableAt(flow: readonly Row[], start: number): PdfTable | null {
  const first = flow[start];
  if (!first || first.segments.length < 2) return null;
  let columns: Span[] = first.segments.map(({ left, right }) => ({ left, right }));
  const body: Row[] = [first];
  let multi = 1;
  for (let index = start + 1; index < flow.length; index++) {
    const row = flow[index];
    const before = body.at(-1);
    if (!row || !before || row.top - before.bottom > MAX_ROW_DISTANCE * row.size) break;
    const merged = mergeInto(columns, row.segments);
    if (merged === null || !continues(flow, index, merged)) break;
    columns = merged;
    body.push(row);
    if (row.segments.length > 1) multi += 1;
  }
  while (body.length > 1 && isTrailing(body.at(-1), columns)) body.pop();
  if (multi < 2 || columns.length < 2) return null;
  return { ...cellsOf(body, columns), columns, end: start + body.length };
}

/** A single piece belongs to the table as part of a wrapped cell, or as a row with one cell between other rows. */
function continues(flow: readonly Row[], index: number, columns: readonly Span[]): boolean {
  const row = flow[index];
  const segment = row?.segments[0];
  if (!row || !segment) return false;
  if (row.segments.length > 1 || columnOf(columns, segment) > 0) return true;
  const next = flow[index + 1];
  return (
    next !== undefined &&
    next.segments.length > 1 &&
    next.top - row.bottom < 2 * row.size &&
    mergeInto(columns, next.segments) !== null
  );
}

const isTrailing = (row: Row | undefined, columns: readonly Span[]): boolean =>
  row?.segments.length === 1 && row.segments[0] !== undefined && columnOf(columns, row.segments[0]) === 0;

/** The columns widened by a row's cells and joined by new ones; null where a cell lies over two columns. */
function mergeInto(columns: readonly Span[], segments: readonly Segment[]): Span[] | null {
  const merged = columns.map((column) => ({ ...column }));
  for (const segment of segments) {
    const touched = merged.filter((column) => segment.left < column.right && segment.right > column.left);
    const [column] = touched;
    if (touched.length > 1) return null;
    if (column) {
      column.left = Math.min(column.left, segment.left);
      column.right = Math.max(column.right, segment.right);
    } else merged.push({ left: segment.left, right: segment.right });
  }
  return merged.toSorted((one, other) => one.left - other.left);
}

function columnOf(columns: readonly Span[], segment: Segment): number {
  const middle = (segment.left + segment.right) / 2;
  return columns.findIndex((column) => middle >= column.left && middle <= column.right);
}

function cellsOf(body: readonly Row[], columns: readonly Span[]): { cells: string[][]; rects: Rect[][] } {
  const cells: string[][] = [];
  const rects: Rect[][] = [];
  const wrapDistance = distanceOfWrappedLines(body);
  for (const [index, row] of body.entries()) {
    const before = body[index - 1];
    const own = columns.map(() => '');
    for (const segment of row.segments) {
      const at = Math.max(0, columnOf(columns, segment));
      own[at] = own[at] ? `${own[at]} ${segment.text}` : segment.text;
    }
    const lines = row.segments.map((segment): Rect => [segment.left, segment.top, segment.right, segment.bottom]);
    const distance = before ? row.top - before.top : Infinity;
    const last = cells.at(-1);
    if (last && (distance <= wrapDistance || (own[0] === '' && distance <= 1.6 * row.size))) {
      for (const [at, text] of own.entries()) if (text !== '') last[at] = joinLines([last[at] ?? '', text]);
      rects.at(-1)?.push(...lines);
    } else {
      cells.push(own);
      rects.push(lines);
    }
  }
  return { cells, rects };
}

/** Lines of one cell are closer than rows are: where two clearly different distances occur, the smaller is that of lines. */
function distanceOfWrappedLines(body: readonly Row[]): number {
  const distances = body.slice(1).map((row, index) => row.top - (body[index]?.top ?? 0));
  const [smallest, largest] = [Math.min(...distances), Math.max(...distances)];
  const size = Math.max(...body.map((row) => row.size));
  return smallest < 1.45 * size && largest > smallest * 1.25 ? smallest * 1.1 : -1;
}
