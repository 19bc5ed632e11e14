import { rowsOf } from './rows.ts';
import type { Row } from './rows.ts';
import type { Segment } from './segments.ts';

/** Rows that are read one after the other: a column of prose, or what stands over, between or below columns. */
export type Flow = Row[];

const MIN_COLUMN_ROWS = 4;
/** A narrower side, as a share of the page's text, is no column. */
const MIN_COLUMN_SHARE = 0.22;
const MAX_DEPTH = 3;
const BIN_POINTS = 3;

/** The flows of a page, or of a column that is itself divided, in reading order. */
export function readingOrder(segments: readonly Segment[], depth: number = 0): Flow[] {
  const gutter = depth < MAX_DEPTH ? findGutter(segments) : null;
  if (gutter === null) return segments.length > 0 ? [rowsOf(segments)] : [];
  const width = rightOf(segments) - leftOf(segments);
  const flows: Flow[] = [];
  let undivided: Segment[] = [];
  const flush = (): void => {
    if (undivided.length > 0) flows.push(rowsOf(undivided));
    undivided = [];
  };
  for (const zone of zonesAround(segments, gutter)) {
    const left = zone.filter((segment) => segment.right <= gutter + 1);
    const right = zone.filter((segment) => segment.right > gutter + 1);
    // What is no column goes together with what stands over and below it, so that a table is not torn.
    if (!areColumns(left, right, width)) undivided.push(...zone);
    else {
      flush();
      flows.push(...readingOrder(left, depth + 1), ...readingOrder(right, depth + 1));
    }
  }
  flush();
  return flows;
}

const leftOf = (pieces: readonly { left: number }[]): number =>
  pieces.reduce((least, { left }) => Math.min(least, left), Infinity);
const rightOf = (pieces: readonly { right: number }[]): number =>
  pieces.reduce((most, { right }) => Math.max(most, right), -Infinity);

/**
 * The place between two columns: where the fewest segments cross and several end before and begin after. Whether it
 * really divides columns, `columnsOf` looks at in each zone.
 */
function findGutter(segments: readonly Segment[]): number | null {
  if (segments.length < 2 * MIN_COLUMN_ROWS) return null;
  const [left, right] = [leftOf(segments), rightOf(segments)];
  const bins = Math.ceil((right - left) / BIN_POINTS);
  if (bins < 10 || bins > 5_000) return null;
  const starts = new Int32Array(bins + 2);
  const ends = new Int32Array(bins + 2);
  for (const segment of segments) {
    starts[Math.floor((segment.left - left) / BIN_POINTS)]! += 1;
    ends[Math.ceil((segment.right - left) / BIN_POINTS)]! += 1;
  }
  let [begun, ended] = [0, 0];
  let best: { from: number; to: number; crossing: number } | null = null;
  for (let bin = 0; bin < bins; bin++) {
    ended += ends[bin] ?? 0;
    const crossing = begun + (starts[bin] ?? 0) - ended;
    const after = segments.length - begun - (starts[bin] ?? 0);
    begun += starts[bin] ?? 0;
    if (bin < bins * 0.15 || bin > bins * 0.85 || ended < MIN_COLUMN_ROWS || after < MIN_COLUMN_ROWS) continue;
    if (best === null || crossing < best.crossing) best = { from: bin, to: bin, crossing };
    else if (crossing === best.crossing && bin === best.to + 1) best.to = bin;
  }
  if (best === null || best.crossing > segments.length * 0.5) return null;
  return left + ((best.from + best.to + 1) / 2) * BIN_POINTS;
}

/** The segments from one that lies over the gutter to the next such, from top to bottom; those that do are zones of their own. */
function zonesAround(segments: readonly Segment[], gutter: number): Segment[][] {
  const zones: Segment[][] = [[]];
  for (const segment of segments.toSorted((one, other) => middleOf(one) - middleOf(other))) {
    const lies = segment.left < gutter - 1 && segment.right > gutter + 1;
    if (lies) zones.push([segment], []);
    else zones.at(-1)?.push(segment);
  }
  return zones.filter((zone) => zone.length > 0);
}

const middleOf = (segment: Segment): number => (segment.top + segment.bottom) / 2;

/**
 * Whether two sides are columns that are read one after the other: both of prose, or one of prose whose lines are not
 * at the height of the other's. Cells of a table are short, and stand at the height of their row.
 */
function areColumns(left: readonly Segment[], right: readonly Segment[], pageWidth: number): boolean {
  const [one, other] = [rowsOf(left), rowsOf(right)];
  const [fewer, more] = [Math.min(one.length, other.length), Math.max(one.length, other.length)];
  if (fewer < MIN_COLUMN_ROWS) return false;
  const narrow = Math.min(rightOf(one) - leftOf(one), rightOf(other) - leftOf(other)) < pageWidth * MIN_COLUMN_SHARE;
  if (narrow) return false;
  const proseSides = [one, other].filter(isProse).length;
  return proseSides === 2 || (proseSides === 1 && fewer > more * 0.4 && sharedHeights(left, right) < 0.6);
}

/** Prose fills its column: most lines are one piece that reaches nearly from edge to edge. */
function isProse(rows: readonly Row[]): boolean {
  const width = rightOf(rows) - leftOf(rows);
  const full = rows.filter((row) => (row.segments[0]?.text.length ?? 0) > 12 && filledBy(row) > width * 0.6);
  return full.length >= rows.length * 0.5;
}

const filledBy = (row: Row): number => row.segments.reduce((sum, segment) => sum + segment.right - segment.left, 0);

/** The share of the lines on the side with fewer of them that have a line at their height on the other. */
function sharedHeights(left: readonly Segment[], right: readonly Segment[]): number {
  const [fewer, more] = left.length < right.length ? [left, right] : [right, left];
  const heights = new Set(more.map((segment) => Math.round(segment.bottom)));
  const shared = fewer.filter(({ bottom }) => [-1, 0, 1].some((step) => heights.has(Math.round(bottom) + step)));
  return shared.length / fewer.length;
}
