import { cutWithin } from './cuts.ts';
import type { Segment } from './segments.ts';

/** The width of a column. */
export type Span = { left: number; right: number };

/** The column whose width holds the middle of a segment, -1 for none. */
export function columnOf(columns: readonly Span[], segment: Segment): number {
  const middle = (segment.left + segment.right) / 2;
  return columns.findIndex((column) => middle >= column.left && middle <= column.right);
}

/**
 * The columns widened by a row's segments and joined by new ones, and the segments, cut where one reaches over two
 * columns that stand close together. Null where one lies over two columns and cannot be cut: it is no cell.
 */
export function fitInto(
  columns: readonly Span[],
  segments: readonly Segment[],
): { columns: Span[]; segments: Segment[] } | null {
  const widened = columns.map((column) => ({ ...column }));
  const cells: Segment[] = [];
  const waiting = segments.toReversed();
  for (let segment = waiting.pop(); segment; segment = waiting.pop()) {
    const { left, right } = segment;
    const [column, next] = widened.filter((span) => left < span.right && right > span.left);
    if (column && next) {
      // A line that is alone in its row is one, whatever columns it crosses.
      const cut = segments.length > 1 ? cutWithin(segment, column.right, next.left) : null;
      if (cut === null) return null;
      waiting.push(cut.parts[1], cut.parts[0]);
    } else {
      if (column) [column.left, column.right] = [Math.min(column.left, left), Math.max(column.right, right)];
      else {
        widened.push({ left, right });
        widened.sort((one, other) => one.left - other.left);
      }
      cells.push(segment);
    }
  }
  return { columns: widened, segments: cells };
}

/** So many of a column's rows, as a share, have to show a gap; the others only must not contradict it. */
const MIN_SHARE = 0.3;

/**
 * Divides columns that a header or a row without wide gaps made one: where the other rows have a gap at the same place,
 * and every row has at least a space there.
 */
export function divideColumns(
  rows: readonly Segment[][],
  columns: readonly Span[],
): { rows: Segment[][]; columns: Span[] } {
  for (const [at, column] of columns.entries()) {
    const own = rows.map((row) => row.filter((segment) => columnOf(columns, segment) === at));
    const divided = own.filter((segments) => segments.length > 1);
    if (divided.length === 0 || divided.length < own.filter((segments) => segments.length > 0).length * MIN_SHARE)
      continue;
    for (const [index, before] of (divided[0] ?? []).slice(0, -1).entries()) {
      const border = commonBorder(own, before.right, divided[0]?.[index + 1]?.left ?? before.right);
      if (border === null) continue;
      const cut = rows.map((row) => row.flatMap((segment) => cutAt(segment, border)));
      const middle = (border.from + border.to) / 2;
      const halves = [
        { left: column.left, right: border.from },
        { left: border.to, right: column.right },
      ];
      const result = { rows: cut, columns: [...columns.slice(0, at), ...halves, ...columns.slice(at + 1)] };
      return middle > column.left && middle < column.right ? divideColumns(result.rows, result.columns) : result;
    }
  }
  return { rows: rows.map((row) => [...row]), columns: [...columns] };
}

type Border = { from: number; to: number };

/** What is left free by every row between two places; null where one has a word there. */
function commonBorder(rows: readonly Segment[][], from: number, to: number): Border | null {
  let border: Border = { from, to };
  for (const segments of rows) {
    for (const segment of segments) {
      if (segment.right <= border.from || segment.left >= border.to) continue;
      const reaches = segment.left < border.from && segment.right > border.to;
      if (reaches) {
        const cut = cutWithin(segment, border.from, border.to);
        if (cut === null) return null;
        border = { from: cut.from, to: cut.to };
      } else if (segment.left > border.from) border = { ...border, to: Math.min(border.to, segment.left) };
      else border = { ...border, from: Math.max(border.from, segment.right) };
      if (border.to - border.from < 1) return null;
    }
  }
  return border;
}

function cutAt(segment: Segment, border: Border): Segment[] {
  if (segment.right <= border.from + 0.01 || segment.left >= border.to - 0.01) return [segment];
  return cutWithin(segment, border.from, border.to)?.parts ?? [segment];
}
