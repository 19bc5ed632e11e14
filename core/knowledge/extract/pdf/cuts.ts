import type { Segment } from './segments.ts';

/** Less than a point apart, two pieces may as well be one. */
const MIN_WIDTH = 0.5;

/**
 * A segment in two at a gap between its words within `from` to `to`, and the part of that range which the gap leaves
 * free. Of several it is the one closest to `to`, where the next column begins. Null where it has none there.
 */
export function cutWithin(
  segment: Segment,
  from: number,
  to: number,
): { parts: [Segment, Segment]; from: number; to: number } | null {
  let chosen = -1;
  for (let at = 0; at + 2 < segment.gaps.length; at += 3) {
    const [, begin = 0, end = 0] = segment.gaps.slice(at, at + 3);
    const isFree = Math.min(to, end) - Math.max(from, begin) >= MIN_WIDTH;
    const chosenEnd = segment.gaps[chosen + 2] ?? Infinity;
    if (isFree && (chosen < 0 || Math.abs(end - to) < Math.abs(chosenEnd - to))) chosen = at;
  }
  if (chosen < 0) return null;
  const [offset = 0, begin = 0, end = 0] = segment.gaps.slice(chosen, chosen + 3);
  const after = segment.gaps.slice(chosen + 3).map((value, index) => (index % 3 === 0 ? value - offset : value));
  const left = {
    ...segment,
    text: segment.text.slice(0, offset).trimEnd(),
    right: begin,
    gaps: segment.gaps.slice(0, chosen),
  };
  const right = { ...segment, text: segment.text.slice(offset), left: end, gaps: after };
  return { parts: [left, right], from: Math.max(from, begin), to: Math.min(to, end) };
}
