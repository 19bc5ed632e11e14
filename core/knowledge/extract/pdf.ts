import { blocksOf } from './pdf/blocks.ts';
import { readingOrder } from './pdf/columns.ts';
import { openPdf } from './pdf/document.ts';
import { withoutFurniture } from './pdf/furniture.ts';
import { learnStyles } from './pdf/styles.ts';
import { refusals } from './refusals.ts';
import type { Block, ParsedDocument } from './types.ts';

/**
 * A PDF's text in reading order with page numbers and the place of each line: headings by size and weight, paragraphs,
 * lists and tables; running headers and footers are left out.
 * @throws AppError file_encrypted, file_corrupt, file_no_text
 */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  const { title, pages } = await openPdf(bytes);
  if (pages.every((page) => page === null)) throw refusals.corrupt();
  if (pages.every((page) => page === null || page.segments.length === 0)) throw refusals.noText();
  const read = withoutFurniture(pages).flatMap((page, index) => {
    // What stands across the lines, such as a stamp over the page, would tear them apart.
    const lines = page?.segments.filter((segment) => segment.bottom - segment.top < 2.5 * segment.size) ?? [];
    return page ? [{ page: index + 1, flows: readingOrder(lines) }] : [];
  });
  const styles = learnStyles(read.flatMap(({ flows }) => flows.flat()));
  const blocks = blocksOf(read, styles);
  return { title: title ?? titleFrom(blocks), pages: pages.length, blocks };
}

/** The largest heading of the first page. */
function titleFrom(blocks: readonly Block[]): string | null {
  const headings = blocks.filter((block) => block.kind === 'heading' && block.page === 1);
  return headings.toSorted((one, other) => (one.level ?? 9) - (other.level ?? 9))[0]?.text ?? null;
}
