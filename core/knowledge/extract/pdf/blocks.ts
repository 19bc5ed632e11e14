import { tableRows } from '../tables.ts';
import type { Block, Rect } from '../types.ts';
import type { Flow } from './columns.ts';
import type { Span } from './cells.ts';
import { joinLines } from './lines.ts';
import { rowText } from './rows.ts';
import type { Row } from './rows.ts';
import { sameSize } from './styles.ts';
import type { Styles } from './styles.ts';
import { tableAt } from './tables.ts';
import type { PdfTable } from './tables.ts';

/** What stands under a page's number in reading order. */
export type PageFlows = { page: number; flows: readonly Flow[] };

const BULLET = /^(?:[•▪◦‣●○■□➢✓–*-]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S/;

type Open = { kind: 'heading' | 'paragraph' | 'list-item'; level: number; rows: Row[]; page: number };

/** The blocks of a whole document from the rows of its pages. */
export function blocksOf(pages: readonly PageFlows[], styles: Styles): Block[] {
  const blocks: Block[] = [];
  const isHeading = (row: Row): boolean => styles.headingLevel(row) !== null;
  let table: { columns: readonly Span[]; header: string } | null = null;
  for (const { page, flows } of pages) {
    let open: Open | null = null;
    const close = (): void => {
      if (open !== null) blocks.push(blockOf(open));
      open = null;
    };
    for (const flow of flows) {
      const edges = rightEdges(flow);
      for (let index = 0; index < flow.length; index++) {
        const row = flow[index];
        if (!row) continue;
        const found = tableAt(flow, index, isHeading);
        if (found !== null) {
          close();
          const added = tableBlocks(found, page, table);
          blocks.push(...added.blocks);
          table = added.table;
          index = found.end - 1;
          continue;
        }
        table = null;
        const next = openAt(row, page, styles);
        if (open !== null && goesOn(open, row, next, styles, edges)) open.rows.push(row);
        else {
          close();
          open = next;
        }
      }
      close();
    }
  }
  return blocks;
}

function openAt(row: Row, page: number, styles: Styles): Open {
  const level = styles.headingLevel(row);
  if (level !== null) return { kind: 'heading', level, rows: [row], page };
  return { kind: BULLET.test(rowText(row)) ? 'list-item' : 'paragraph', level: 0, rows: [row], page };
}

/** How far lines that begin at the same place reach to the right, by that place in steps of 4 points. */
function rightEdges(flow: Flow): Map<number, number> {
  const edges = new Map<number, number>();
  for (const row of flow) edges.set(edgeOf(row), Math.max(edges.get(edgeOf(row)) ?? 0, row.right));
  return edges;
}

const edgeOf = (row: Row): number => Math.round(row.left / 4);

/** Whether a row is a further line of what is open: as large, as close as lines are, and not the start of something. */
function goesOn(open: Open, row: Row, next: Open, styles: Styles, edges: ReadonlyMap<number, number>): boolean {
  const before = open.rows.at(-1);
  if (!before || !sameSize(row.size, before.size)) return false;
  const distance = row.top - before.top;
  if (distance <= 0 || distance > Math.max(styles.leading * 1.25, 1.3) * Math.max(row.size, before.size)) return false;
  if (open.kind === 'heading') return next.kind === 'heading' && next.level === open.level && open.rows.length < 3;
  if (next.kind !== 'paragraph') return false;
  if (rowText(before).endsWith('-')) return true;
  const indented = open.kind === 'paragraph' && open.rows.length > 1 && row.left > before.left + row.size;
  return !indented && !hadRoomFor(row, before, edges.get(edgeOf(before)) ?? before.right);
}

/** A line that ends although the next line's first word would have fitted was ended on purpose. */
function hadRoomFor(row: Row, before: Row, rightEdge: number): boolean {
  const text = rowText(row);
  const word = text.split(' ', 1)[0]?.length ?? 0;
  // Where words have no spaces, a line is short only if it ends well before the edge.
  const chars = Math.min(word, 15);
  const width = ((row.right - row.left) / Math.max(1, text.length)) * chars;
  return rightEdge - before.right > width * 1.1 + 2 * row.size;
}

function blockOf({ kind, level, rows, page }: Open): Block {
  const text = joinLines(rows.map(rowText));
  const rects = rows.map((row): Rect => [row.left, row.top, row.right, row.bottom]);
  return { kind, text, page, rects, ...(kind === 'heading' ? { level } : {}) };
}

type OpenTable = { columns: readonly Span[]; header: string };

/** A table's rows. One that goes on from the page before keeps that table's header and does not repeat it. */
function tableBlocks(found: PdfTable, page: number, before: OpenTable | null): { blocks: Block[]; table: OpenTable } {
  const rows = tableRows(found.cells, page).map((block, index) => ({ ...block, rects: found.rects[index] ?? [] }));
  const first = rows[0];
  if (first && before && sameColumns(before.columns, found.columns)) {
    const repeated = first.text === before.header;
    const { level: _, ...plain } = first;
    return { blocks: repeated ? rows.slice(1) : [plain, ...rows.slice(1)], table: before };
  }
  return { blocks: rows, table: { columns: found.columns, header: first?.text ?? '' } };
}

const sameColumns = (some: readonly Span[], others: readonly Span[]): boolean =>
  some.length === others.length &&
  some.every((column, index) => {
    const other = others[index];
    return other !== undefined && column.left < other.right && column.right > other.left;
  });
