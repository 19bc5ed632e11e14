/** `Rev3`, `rev. 3`, `Version 2.1`, `v4` as a token of its own in a file's name. */
const REVISION =
  /(?<![\p{L}\p{N}])(?:rev(?:ision)?|version|ver|v)[\s._-]{0,2}(\d{1,4}(?:\.\d{1,4}){0,2})(?![\p{L}\p{N}])/iu;
const ENDING = /\.[a-z0-9]{1,10}$/i;
const LONGEST_NAME = 255;

/** A file's name as it is kept: without folders, control characters and doubled spaces. Empty where nothing is left. */
export function cleanName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/\p{C}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (clean.length <= LONGEST_NAME) return clean;
  const ending = ENDING.exec(clean)?.[0] ?? '';
  return clean.slice(0, LONGEST_NAME - ending.length) + ending;
}

/** `before`: what stands before the number's token. `series`: the name without the token, equal for all revisions. */
export type Revision = Readonly<{ before: string; series: string; number: readonly number[] }>;

/** The revision that a name carries: `SOP-042-Rev3-Granulation.pdf` is number 3 of the series `sop-042 granulation.pdf`. */
export function revisionOf(name: string): Revision | null {
  const found = REVISION.exec(name);
  if (!found) return null;
  const before = name.slice(0, found.index);
  const after = name.slice(found.index + found[0].length);
  return {
    before,
    series: `${before} ${after}`
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .replace(/ ?(\.[a-z0-9]+)$/, '$1')
      .trim(),
    number: (found[1] ?? '').split('.').map(Number),
  };
}

/** Less than 0 where `a` is the earlier one. */
export function compareRevisions(a: Revision, b: Revision): number {
  for (let i = 0; i < Math.max(a.number.length, b.number.length); i += 1) {
    const difference = (a.number[i] ?? 0) - (b.number[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The name as words, for the context of a passage: without ending and revision, so that a text which did not change is
 * not embedded again only because its file is called Rev3 now.
 */
export function titleOf(name: string): string {
  const title = name
    .replace(ENDING, '')
    .replace(REVISION, ' ')
    .replace(/[_\s]+/g, ' ')
    .replace(/(?<=\p{L})-|-(?=\p{L})/gu, ' ')
    .replace(/\s*-(?:\s*-)+\s*/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s-]+|[\s-]+$/g, '');
  return title === '' ? name : title;
}
