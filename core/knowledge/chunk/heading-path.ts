const MAX_HEADING_CHARS = 120;
const MAX_PATH_CHARS = 300;

type Step = { readonly text: string; readonly level: number };

/** The headings that a place in a document stands under, outermost first. */
export type HeadingPath = readonly Step[];

export const NO_HEADINGS: HeadingPath = [];

/** The path below a heading of this level: what is as deep or deeper ends there. */
export function enterHeading(path: HeadingPath, text: string, level: number): HeadingPath {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = line.length > MAX_HEADING_CHARS ? `${line.slice(0, MAX_HEADING_CHARS - 1).toWellFormed()}…` : line;
  return [...path.filter((step) => step.level < level), { text: short, level }];
}

/** `A › B › C`, the outermost left out where it gets too long; null at the top. */
export function pathText(path: HeadingPath): string | null {
  let steps = path.map((step) => step.text);
  while (steps.length > 1 && steps.join(' › ').length > MAX_PATH_CHARS) steps = steps.slice(1);
  return steps.length > 0 ? steps.join(' › ') : null;
}
