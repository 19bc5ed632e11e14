import type { Rect } from '../types.ts';
import { columnOf, divideColumns, fitInto } from './cells.ts';
import type { Span } from './cells.ts';
import { joinLines } from './lines.ts';
import type { Row } from './rows.ts';

/** A table's cells, and the lines of each of its rows; `end`: the first row of the flow behind it. */
export type PdfTable = { cells: string[][]; rects: Rect[][]; columns: Span[]; end: number };

/** A table ends where the next row is further away than this, in font sizes. */
const MAX_ROW_DISTANCE = 4;

/**
 * The table that begins at a row of a flow: at least two rows of at least two cells each, whose columns do not touch.
 * `isHeading`: what ends a table where it stands alone in its row. Null where none begins.
 */
export function tableAt(flow: readonly Row[], start: number, isHeading: (row: Row) => boolean): PdfTable | null {
  const first = flow[start];
  if (!first || first.segments.length < 2) return null;
  let columns: Span[] = first.segments.map(({ left, right }) => ({ left, right }));
  const body: Row[] = [first];
  let multi = 1;
  for (let index = start + 1; index < flow.length; index++) {
    const row = flow[index];
    const before = body.at(-1);
    if (!row || !before || row.top - before.bottom > MAX_ROW_DISTANCE * row.size) break;
    const fitted = fitInto(columns, row.segments);
    const isRow =
      fitted !== null && (fitted.segments.length > 1 || (!isHeading(row) && goesOnBelow(flow, index, fitted.columns)));
    if (!isRow) break;
    columns = fitted.columns;
    body.push({ ...row, segments: fitted.segments });
    if (fitted.segments.length > 1) multi += 1;
  }
  while (body.length > 1 && isTrailing(body.at(-1), columns)) body.pop();
  if (multi < 2 || columns.length < 2) return null;
  const divided = divideColumns(
    body.map((row) => row.segments),
    columns,
  );
  const rows = body.map((row, index) => ({ ...row, segments: divided.rows[index] ?? [] }));
  return { ...cellsOf(rows, divided.columns), columns: divided.columns, end: start + body.length };
}

/** A single piece belongs to the table as part of a wrapped cell, or as a row with one cell between other rows. */
function goesOnBelow(flow: readonly Row[], index: number, columns: readonly Span[]): boolean {
  const row = flow[index];
  const segment = row?.segments[0];
  if (!row || !segment) return false;
  if (columnOf(columns, segment) > 0) return true;
  const next = flow[index + 1];
  if (!next || next.segments.length < 2 || next.top - row.bottom > 2 * row.size) return false;
  return fitInto(columns, next.segments) !== null;
}

const isTrailing = (row: Row | undefined, columns: readonly Span[]): boolean =>
  row?.segments.length === 1 && row.segments[0] !== undefined && columnOf(columns, row.segments[0]) === 0;

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
