import { parse } from 'csv-parse/sync';
import { decodeText } from './encoding.ts';
import { recordBlocks } from './records.ts';
import type { ParsedDocument } from './types.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** A CSV file of any common delimiter and encoding; each row becomes a record that names its columns. */
export function parseCsv(bytes: Uint8Array): ParsedDocument {
  const text = decodeText(bytes).replace(/^sep=.\n/i, '');
  const rows = parse(text, {
    delimiter: delimiterOf(text),
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    // A quote that is never closed must not swallow the rest of the file into one cell.
    max_record_size: 1_000_000,
  });
  return { title: null, pages: null, blocks: recordBlocks(rows) };
}

/** The delimiter that cuts the first lines into the same number of cells most often, the most cells winning. */
function delimiterOf(text: string): string {
  const lines = text
    .slice(0, 20_000)
    .split('\n')
    .slice(0, 20)
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace(/"[^"]*"/g, ''));
  let best: string = ',';
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const first = counts[0] ?? 0;
    const score = first * counts.filter((count) => count === first).length;
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}
