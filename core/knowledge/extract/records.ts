import { cellText, columnNames, looksLikeHeader, recordText } from './tables.ts';
import type { Block } from './types.ts';

/** How many rows of titles and remarks may stand over the names of the columns. */
const MAX_ROWS_ABOVE_HEADER = 10;

/**
 * The rows of a sheet or a CSV as blocks: what stands above the table as paragraphs, then a record a row, `Column:
 * value | Column: value`, that can be read alone. Rows without names of columns stay as they are.
 */
export function recordBlocks(rows: readonly (readonly string[])[]): Block[] {
  const filled = rows.filter((cells) => cells.some((cell) => cell.trim() !== ''));
  const start = headerAt(filled);
  const above = start < 0 ? [] : filled.slice(0, start);
  const blocks = above.map((cells): Block => ({
    kind: 'paragraph',
    text: cells
      .map(cellText)
      .filter((cell) => cell !== '')
      .join(' '),
    page: null,
  }));
  const header = columnNames(filled[start] ?? []);
  for (const cells of filled.slice(start + 1)) {
    const text =
      start < 0
        ? cells
            .map(cellText)
            .filter((cell) => cell !== '')
            .join(' | ')
        : recordText(header, cells);
    blocks.push({ kind: 'table-row', text, page: null });
  }
  return blocks;
}

/** The first row that can be a header and is about as wide as what follows. */
function headerAt(rows: readonly (readonly string[])[]): number {
  const widths = rows.slice(0, 50).map((cells) => cells.filter((cell) => cell.trim() !== '').length);
  const width = Math.max(0, ...widths);
  if (rows.length < 2) return -1;
  return rows
    .slice(0, MAX_ROWS_ABOVE_HEADER)
    .findIndex(
      (cells, index) => looksLikeHeader(cells) && (widths[index] ?? 0) >= width * 0.6 && index < rows.length - 1,
    );
}
