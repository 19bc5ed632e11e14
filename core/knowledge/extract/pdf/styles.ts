import { isBoldRow, rowText } from './rows.ts';
import type { Row } from './rows.ts';

/** What a document's sizes mean: that of its body text, and the levels of its headings. */
export type Styles = { bodySize: number; leading: number; headingLevel: (row: Row) => number | null };

const MAX_HEADING_CHARS = 180;
const LARGER = 1.12;
const MAX_SIZE_LEVELS = 5;

/** The size that most of the text is set in. */
export const commonSize = (pieces: readonly { size: number; text: string }[]): number =>
  mostCommon(pieces.map((piece) => [roundedSize(piece.size), piece.text.length])) ?? 10;

/** Learns the styles of a document from all its rows. */
export function learnStyles(rows: readonly Row[]): Styles {
  const bodySize = commonSize(rows.flatMap((row) => row.segments));
  const distances = rows.slice(1).flatMap((row, index) => {
    const before = rows[index];
    const distance = before ? (row.top - before.top) / bodySize : 0;
    const isBody = before !== undefined && sameSize(row.size, bodySize) && sameSize(before.size, bodySize);
    return isBody && distance > 0.8 && distance < 2.5 ? [[Math.round(distance * 20) / 20, 1] as const] : [];
  });
  const larger = rows.filter((row) => row.size > bodySize * LARGER && isHeadingText(rowText(row)));
  const sizes = [...new Set(larger.map((row) => roundedSize(row.size)))].toSorted((one, other) => other - one);
  const headingLevel = (row: Row): number | null => {
    const text = rowText(row);
    if (!isHeadingText(text)) return null;
    const at = sizes.indexOf(roundedSize(row.size));
    if (at >= 0) return Math.min(at + 1, MAX_SIZE_LEVELS);
    const isBold = isBoldRow(row) && row.segments.length === 1 && row.size > bodySize * 0.95;
    return isBold && !/[,;]$/.test(text) ? Math.min(sizes.length, MAX_SIZE_LEVELS) + 1 : null;
  };
  return { bodySize, leading: mostCommon(distances) ?? 1.2, headingLevel };
}

/** Sizes closer than half a point are meant to be the same. */
const roundedSize = (size: number): number => Math.round(size * 2) / 2;

export const sameSize = (one: number, other: number): boolean => Math.abs(one - other) <= 0.08 * Math.max(one, other);

const isHeadingText = (text: string): boolean => text.length <= MAX_HEADING_CHARS && /\p{L}/u.test(text);

function mostCommon(values: readonly (readonly [value: number, weight: number])[]): number | null {
  const weights = new Map<number, number>();
  for (const [value, weight] of values) weights.set(value, (weights.get(value) ?? 0) + weight);
  let best: number | null = null;
  for (const [value, weight] of weights) if (weight > (best === null ? 0 : (weights.get(best) ?? 0))) best = value;
  return best;
}
