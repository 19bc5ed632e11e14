import type { Block } from '../extract/types.ts';
import { endOfSentences } from './sentences.ts';

/** A line of text on a page, in points. */
export type PageRect = readonly [page: number, left: number, top: number, right: number, bottom: number];

/** What is put into passages whole if it fits. `joint`: what stands between it and what precedes it. `header`: of its table. */
export type Unit = {
  text: string;
  kind: Block['kind'];
  page: number | null;
  rects: readonly PageRect[];
  joint: '\n' | ' ' | '';
  header: Unit | null;
};

/** A longer first row is no header but a text, and is not repeated. */
const MAX_HEADER_CHARS = 300;

/** The blocks of one section as units: the header row of a table goes with each of its rows, a sentence goes on over a page's end. */
export function unitsOf(blocks: readonly Block[]): Unit[] {
  const units: Unit[] = [];
  let header: Unit | null = null;
  let headerUsed = true;
  for (const block of blocks) {
    const unit = unitOf(block, units.at(-1));
    const opensTable = block.kind === 'table-row' && block.level === 0 && unit.text.length <= MAX_HEADER_CHARS;
    if (opensTable || block.kind !== 'table-row') {
      if (header !== null && !headerUsed) units.push(header);
      header = null;
    }
    if (opensTable) [header, headerUsed] = [unit, false];
    else {
      headerUsed = true;
      units.push({ ...unit, header });
    }
  }
  if (header !== null && !headerUsed) units.push(header);
  return units;
}

function unitOf(block: Block, previous: Unit | undefined): Unit {
  const page = block.page;
  const rects = page === null ? [] : (block.rects ?? []).map((rect): PageRect => [page, ...rect]);
  const joint = previous !== undefined && goesOn(previous, block) ? ' ' : '\n';
  return { text: block.text.trim(), kind: block.kind, page, rects, joint, header: null };
}

function goesOn(previous: Unit, block: Block): boolean {
  if (previous.kind !== 'paragraph' || block.kind !== 'paragraph' || previous.page === block.page) return false;
  return /[\p{L}\p{N},;]$/u.test(previous.text) && /^\p{Ll}/u.test(block.text);
}

/**
 * A unit in parts that end where sentences, lines of code or cells end; the parts together are the unit. A part longer
 * than `maxChars` is cut into pieces of `pieceChars`.
 */
export function partsOf(unit: Unit, maxChars: number, pieceChars: number): Unit[] {
  const ends =
    unit.kind === 'table-row'
      ? endsAt(unit.text, / \| /g)
      : unit.kind === 'code'
        ? endsAt(unit.text, /\n/g)
        : endOfSentences(unit.text);
  const parts: Unit[] = [];
  let start = 0;
  for (const end of ends) {
    const isLong = end - start > maxChars;
    while (isLong && end - start > pieceChars) {
      const cut = placeToCut(unit.text, start, pieceChars);
      parts.push(partOf(unit, start, cut));
      start = cut;
    }
    if (end > start) parts.push(partOf(unit, start, end));
    start = end;
  }
  return parts;
}

function endsAt(text: string, border: RegExp): number[] {
  return [...[...text.matchAll(border)].map((match) => match.index + match[0].length), text.length];
}

/** The last gap between words that still fits, else between two characters, never inside one. */
function placeToCut(text: string, start: number, chars: number): number {
  const end = start + chars;
  const gap = Math.max(text.lastIndexOf(' ', end - 1), text.lastIndexOf('\n', end - 1)) + 1;
  if (gap > start + chars / 2) return gap;
  const low = text.charCodeAt(end);
  return low >= 0xdc00 && low <= 0xdfff ? end - 1 : end;
}

function partOf(unit: Unit, start: number, end: number): Unit {
  const { text } = unit;
  const rects = rectsBetween(unit.rects, start / text.length, end / text.length);
  return { ...unit, text: text.slice(start, end), rects, joint: start === 0 ? unit.joint : '' };
}

/** The lines that hold a share of the text, each line holding as much of it as it is wide. */
function rectsBetween(rects: readonly PageRect[], from: number, to: number): readonly PageRect[] {
  const total = rects.reduce((sum, rect) => sum + widthOf(rect), 0);
  let passed = 0;
  return rects.filter((rect) => {
    const begin = passed / total;
    passed += widthOf(rect);
    // A part that only just touches a line does not light it.
    return begin < to - 0.002 && passed / total > from + 0.002;
  });
}

const widthOf = (rect: PageRect): number => Math.max(0.1, rect[3] - rect[1]);
