import type { PageText } from './page.ts';
import type { Segment } from './segments.ts';

/** Running headers and footers stand in this share of a page at its top and bottom. */
const MARGIN_SHARE = 0.13;
const MIN_PAGES = 3;

/**
 * The pages without running headers, footers and page numbers: lines near an edge that come back at the same height,
 * digits apart, on three pages at least and on a third of them.
 */
export function withoutFurniture(pages: readonly (PageText | null)[]): (PageText | null)[] {
  if (pages.length < MIN_PAGES) return [...pages];
  const counts = new Map<string, number>();
  for (const page of pages) {
    const keys = new Set(page?.segments.filter((segment) => nearEdge(page, segment)).map(keyOf));
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const enough = Math.max(MIN_PAGES, pages.length / 3);
  const isFurniture = (page: PageText, segment: Segment): boolean => {
    if (!nearEdge(page, segment)) return false;
    const times = counts.get(keyOf(segment)) ?? 0;
    // A header that names the chapter changes within the document, yet is never told apart by fewer pages than three.
    return times >= enough || (times >= MIN_PAGES && /^\W*#?\W*$/.test(normalised(segment.text)));
  };
  return pages.map(
    (page) => page && { ...page, segments: page.segments.filter((segment) => !isFurniture(page, segment)) },
  );
}

const nearEdge = (page: PageText, segment: Segment): boolean =>
  segment.bottom < page.height * MARGIN_SHARE || segment.top > page.height * (1 - MARGIN_SHARE);

const normalised = (text: string): string => text.replace(/\d+/g, '#').replace(/\s+/g, ' ');

/** Heights within 4 points count as the same. */
const keyOf = (segment: Segment): string => `${Math.round(segment.top / 4)} ${normalised(segment.text)}`;
