import type { Block } from './types.ts';

/** The text between two cells of a row. */
export const CELL_BORDER = ' | ';

/** One cell on one line: white space joined, the border sign replaced, so that a row can be cut between its cells. */
export const cellText = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '¦').trim();

/**
 * The rows of a table as blocks, the first as its header where the table has more than one. Empty rows are left out.
 * A row reads `a | b | c`; who cuts a table repeats the header row (`level` 0) above what follows.
 */
export function tableRows(rows: readonly (readonly string[])[], page: number | null): Block[] {
  const filled = rows.map((cells) => cells.map(cellText)).filter((cells) => cells.some((cell) => cell !== ''));
  return filled.map((cells, index) => {
    const row: Block = { kind: 'table-row', text: cells.join(CELL_BORDER), page };
    return index === 0 && filled.length > 1 ? { ...row, level: 0 } : row;
  });
}

/** A record of a sheet that can be read alone: `Column: value | Column: value`, empty cells left out. */
export function recordText(header: readonly string[], cells: readonly string[]): string {
  const parts: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const value = cellText(cell);
    if (value !== '') parts.push(`${header[index] ?? `Column ${index + 1}`}: ${value}`);
  }
  return parts.join(CELL_BORDER);
}

/** Column names for `recordText`: empty ones get their number. */
export const columnNames = (cells: readonly string[]): string[] =>
  cells.map((cell, index) => cellText(cell) || `Column ${index + 1}`);

/** Whether a row can be the names of the columns: at least two, all filled up to the last, none a number or date. */
export function looksLikeHeader(cells: readonly string[]): boolean {
  const values = cells.map(cellText);
  const filled = values.filter((value) => value !== '');
  return (
    filled.length >= Math.min(2, values.length) &&
    filled.length >= values.length * 0.7 &&
    filled.every((value) => !/^[-+]?[\d.,:/\s%€$-]+$/.test(value))
  );
}
