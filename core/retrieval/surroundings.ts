import type { PassageRow } from './passages.sql.ts';

/** How many neighbours on each side are looked at, and how much text a passage is given to the model with. */
export const REACH = 2;
const MOST_CHARACTERS = 2_000;

/** A passage with the text around it, as far as it stands under the same heading and there is room; nearer text first. */
export function surroundings(passage: PassageRow, around: readonly PassageRow[]): string {
  const parts = [passage];
  let length = passage.text.length;
  const open = { [-1]: true, [1]: true };
  for (let distance = 1; distance <= REACH; distance += 1)
    for (const side of [-1, 1] as const) {
      if (!open[side]) continue;
      const next = around.find(
        (each) => each.versionId === passage.versionId && each.ordinal === passage.ordinal + side * distance,
      );
      if (!next || next.heading !== passage.heading || length + next.text.length > MOST_CHARACTERS) open[side] = false;
      else {
        length += next.text.length;
        parts.push(next);
      }
    }
  return parts
    .toSorted((a, b) => a.ordinal - b.ordinal)
    .map((part) => part.text)
    .join('\n');
}
