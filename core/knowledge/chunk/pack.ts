import { partsOf } from './units.ts';
import type { PageRect, Unit } from './units.ts';

export type PackedPassage = { page: number | null; pageEnd: number | null; text: string; rects: PageRect[] };
type Limits = { targetChars: number; maxChars: number };

/** A passage shorter than this share of the target takes in sentences of what follows, and may join what precedes. */
const SHORT = 0.7;
const TAIL = 0.25;

/** Fills passages with units in order, up to the target; what does not fit whole is cut at its sentences. */
export function pack(units: readonly Unit[], limits: Limits): PackedPassage[] {
  const filled: Unit[][] = [];
  let current: Unit[] = [];
  let size = 0;
  const flush = (): void => {
    if (current.length > 0) filled.push(current);
    current = [];
    size = 0;
  };
  const add = (unit: Unit): void => {
    size += costOf(unit, current);
    current.push(unit);
  };
  for (const unit of units) {
    if (size + costOf(unit, current) <= limits.targetChars) {
      add(unit);
      continue;
    }
    // A row of a table stays whole as long as it fits into a passage at all.
    const whole = unit.kind === 'table-row' ? limits.maxChars : limits.targetChars;
    if (size >= limits.targetChars * SHORT || (unit.kind === 'table-row' && size > 0)) flush();
    if (size === 0 && costOf(unit, current) <= whole) {
      add(unit);
      continue;
    }
    const room = headerCost(unit) + 1;
    for (const part of partsOf(unit, limits.maxChars - room, Math.max(1, limits.targetChars - room))) {
      if (size > 0 && size + costOf(part, current) > limits.targetChars) flush();
      add(part);
    }
  }
  flush();
  return joinTail(filled, limits).map(passageOf);
}

const headerCost = (unit: Unit): number => (unit.header === null ? 0 : unit.header.text.length + 1);

/** What a unit adds to a passage: its text, the joint, and its table's header where that is not there yet. */
function costOf(unit: Unit, current: readonly Unit[]): number {
  const last = current.at(-1);
  return unit.text.length + unit.joint.length + (last?.header === unit.header ? 0 : headerCost(unit));
}

/** A last passage of a few words says nothing alone: it goes to the one before. */
function joinTail(filled: Unit[][], limits: Limits): Unit[][] {
  const last = filled.at(-1);
  const before = filled.at(-2);
  if (!last || !before) return filled;
  const size = (units: readonly Unit[]): number =>
    units.reduce((sum, unit, index) => sum + costOf(unit, units.slice(0, index).slice(-1)), 0);
  if (size(last) > limits.targetChars * TAIL || size(last) + size(before) > limits.maxChars) return filled;
  return [...filled.slice(0, -2), [...before, ...last]];
}

function passageOf(units: readonly Unit[]): PackedPassage {
  let text = '';
  let header: Unit | null = null;
  const rects: PageRect[] = [];
  const seen = new Set<string>();
  const light = (unit: Unit): void => {
    for (const rect of unit.rects) {
      const key = rect.join();
      if (!seen.has(key)) rects.push(rect);
      seen.add(key);
    }
  };
  for (const unit of units) {
    if (unit.header !== null && unit.header !== header) {
      text += `${text === '' ? '' : '\n'}${unit.header.text}\n`;
      if (unit.header.page === unit.page) light(unit.header);
    } else if (text !== '') text += unit.joint;
    header = unit.header;
    text += unit.text;
    light(unit);
  }
  const pages = units.map((unit) => unit.page).filter((page) => page !== null);
  return { page: pages[0] ?? null, pageEnd: pages.at(-1) ?? null, text: text.trim(), rects };
}
