import { rowsOf } from './rows.ts';
import type { Row } from './rows.ts';
import type { Segment } from './segments.ts';

/** Rows that are read one after the other: a column of prose, or what stands over, between or below columns. */
export type Flow = Row[];

const MIN_COLUMN_ROWS = 4;
const MAX_DEPTH = 3;
const BIN_POINTS = 3;

/** The flows of a page, or of a column that is itself divided, in reading order. */
export function readingOrder(segments: readonly Segment[], depth: number = 0): Flow[] {
  const rows = rowsOf(segments);
  const gutter = depth < MAX_DEPTH ? findGutter(segments) : null;
  if (gutter === null) return rows.length > 0 ? [rows] : [];
  const flows: Flow[] = [];
  let undivided = false;
  for (const zone of zonesAround(rows, gutter)) {
    const sides = columnsOf(zone, gutter, segments);
    if (sides === null) addUndivided(flows, zone.rows, undivided);
    else for (const side of sides) flows.push(...readingOrder(side, depth + 1));
    undivided = sides === null;
  }
  return flows;
}

/** Rows that are no columns go on from rows that are none either, so that a table is not torn. */
function addUndivided(flows: Row[][], rows: readonly Row[], joins: boolean): void {
  const last = flows.at(-1);
  if (joins && last) last.push(...rows);
  else flows.push([...rows]);
}

/**
 * The place between two columns: where the fewest segments cross and several end before and begin after. Whether it
 * really divides columns, `columnsOf` looks at in each zone.
 */
function findGutter(segments: readonly Segment[]): number | null {
  if (segments.length < 2 * MIN_COLUMN_ROWS) return null;
  const left = Math.min(...segments.map((segment) => segment.left));
  const right = Math.max(...segments.map((segment) => segment.right));
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

type Zone = { rows: Row[]; divided: boolean };

/** Runs of rows that all keep clear of the gutter, and runs of rows that do not. */
function zonesAround(rows: readonly Row[], gutter: number): Zone[] {
  const zones: Zone[] = [];
  for (const row of rows) {
    const divided = row.segments.every((segment) => segment.right <= gutter + 1 || segment.left >= gutter - 1);
    const zone = zones.at(-1);
    if (zone?.divided === divided) zone.rows.push(row);
    else zones.push({ rows: [row], divided });
  }
  return zones;
}

/** The segments left and right of the gutter if both are columns of prose; null where they are cells of a table or a form. */
function columnsOf(zone: Zone, gutter: number, all: readonly Segment[]): readonly [Segment[], Segment[]] | null {
  if (!zone.divided || zone.rows.length < MIN_COLUMN_ROWS) return null;
  const segments = zone.rows.flatMap((row) => row.segments);
  const left = segments.filter((segment) => segment.right <= gutter + 1);
  const right = segments.filter((segment) => segment.right > gutter + 1);
  const width = Math.max(...all.map((segment) => segment.right)) - Math.min(...all.map((segment) => segment.left));
  return isProse(left, width) && isProse(right, width) ? [left, right] : null;
}

/** Prose fills its column: most lines are one piece that reaches nearly from edge to edge. Cells of a table are short. */
function isProse(segments: readonly Segment[], pageWidth: number): boolean {
  const rows = rowsOf(segments);
  if (rows.length < MIN_COLUMN_ROWS) return false;
  const width = Math.max(...rows.map((row) => row.right)) - Math.min(...rows.map((row) => row.left));
  if (width < pageWidth * 0.22) return false;
  const full = rows.filter((row) => (row.segments[0]?.text.length ?? 0) > 12 && fillOf(row) > width * 0.6);
  return full.length >= rows.length * 0.5;
}

const fillOf = (row: Row): number => row.segments.reduce((sum, segment) => sum + segment.right - segment.left, 0);
