import type { PageText } from './page.ts';
import { rowsOf } from './rows.ts';
import type { Row } from './rows.ts';
import type { Segment } from './segments.ts';
import { commonSize } from './styles.ts';

/** Running headers and footers stand in this share of a page at its top and bottom. */
const MARGIN_SHARE = 0.12;
const MIN_PAGES = 3;
/** A row of so many pieces that keeps close to the text is the header of a table, not of the page. */
const TABLE_PIECES = 3;

/**
 * The pages without running headers, footers and page numbers: what stands near an edge and comes back at the same
 * height, digits apart, on three pages at least and on a third of them, or on both of two. Larger letters have to come back exactly, since
 * `Chapter 1`, `Chapter 2` at the top of their pages are headings.
 */
export function withoutFurniture(pages: readonly (PageText | null)[]): (PageText | null)[] {
  const bodySize = commonSize(pages.flatMap((page) => page?.segments ?? []));
  const atEdges = pages.map((page) => (page === null ? [] : edgeSegments(page)));
  const counts = new Map<string, number>();
  for (const segments of atEdges)
    for (const key of new Set(segments.map((segment) => keyOf(segment, bodySize))))
      counts.set(key, (counts.get(key) ?? 0) + 1);
  const enough = pages.length === 2 ? 2 : Math.max(MIN_PAGES, pages.length / 3);
  const isFurniture = (segment: Segment): boolean => {
    if (PAGE_OF_PAGES.test(segment.text)) return true;
    const times = counts.get(keyOf(segment, bodySize)) ?? 0;
    return times >= enough || (times >= MIN_PAGES && /^\P{L}*$/u.test(segment.text));
  };
  return pages.map((page, index) => {
    const gone = new Set(atEdges[index]?.filter(isFurniture));
    return page && gone.size > 0 ? { ...page, segments: page.segments.filter((segment) => !gone.has(segment)) } : page;
  });
}

/** `Page 2 of 7` is no text even where there is one page only. */
const PAGE_OF_PAGES = /^(?:.{0,80}\b(?:page|seite))?\s*\d+\s*(?:of|von|\/)\s*\d+$/i;

function edgeSegments(page: PageText): Segment[] {
  const [top, bottom] = [page.height * MARGIN_SHARE, page.height * (1 - MARGIN_SHARE)];
  const near = page.segments.filter((segment) => segment.top < top * 1.5 || segment.bottom > bottom);
  const rows = rowsOf(near);
  return rows
    .filter((row, index) => (row.bottom < top || row.top > bottom) && !headsTable(row, rows[index + 1]))
    .flatMap((row) => row.segments);
}

const headsTable = (row: Row, below: Row | undefined): boolean =>
  row.segments.length >= TABLE_PIECES &&
  below !== undefined &&
  below.segments.length > 1 &&
  below.top - row.bottom < row.size;

/** Heights within 4 points count as the same. */
function keyOf(segment: Segment, bodySize: number): string {
  const text = segment.text.replace(/\s+/g, ' ');
  const anyNumber = segment.size > bodySize * 1.1 ? text : text.replace(/\d+/g, '#');
  return `${Math.round(segment.top / 4)} ${anyNumber}`;
}
