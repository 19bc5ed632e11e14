import { enterHeading, NO_HEADINGS, pathText } from './chunk/heading-path.ts';
import { pack } from './chunk/pack.ts';
import type { PackedPassage } from './chunk/pack.ts';
import { unitsOf } from './chunk/units.ts';
import type { Block, ExtractedDocument } from './extract/types.ts';

/**
 * A passage as it is embedded and cited. `ordinal`: from 0, neighbours differ by 1. `page` to `pageEnd`: null where the
 * format has no pages. `heading`: the path of headings it stands under, `A › B`. `rects`: its lines, in points.
 */
export type ChunkedPassage = { ordinal: number; heading: string | null } & PackedPassage;

/** `targetChars`: what a passage is filled up to; `maxChars`: never exceeded, a longer sentence is cut. */
export type ChunkOptions = { targetChars?: number; maxChars?: number };

const TARGET_CHARS = 700;
const MAX_CHARS = 1_200;
/** One character of these scripts says about as much as two of an alphabet. */
const DENSE_LANGUAGES: ReadonlySet<string | null> = new Set(['ja', 'zh', 'ko']);

/**
 * Cuts a document into passages at the borders of blocks and sentences: never across a heading, every part of a table
 * with the table's header row, without overlap (surroundings are the neighbours by ordinal). The same document always
 * gives the same passages.
 */
export function chunk(
  document: Pick<ExtractedDocument, 'blocks' | 'language'>,
  options: ChunkOptions = {},
): ChunkedPassage[] {
  const maxChars = options.maxChars ?? MAX_CHARS;
  const target = options.targetChars ?? (DENSE_LANGUAGES.has(document.language) ? TARGET_CHARS / 2 : TARGET_CHARS);
  const limits = { targetChars: Math.min(target, maxChars), maxChars };
  return sectionsOf(document.blocks)
    .flatMap(({ heading, blocks }) => pack(unitsOf(blocks), limits).map((passage) => ({ heading, ...passage })))
    .map((passage, ordinal) => ({ ordinal, ...passage }));
}

type Section = { heading: string | null; blocks: readonly Block[] };

function sectionsOf(blocks: readonly Block[]): Section[] {
  const sections: Section[] = [];
  let path = NO_HEADINGS;
  let opening: Block | null = null;
  let body: Block[] = [];
  const end = (next: Block | null): void => {
    if (body.length > 0) sections.push({ heading: pathText(path), blocks: body });
    // A heading over deeper ones lives on in their path; one over nothing at all is itself what is said.
    else if (opening !== null && (next === null || levelOf(next) <= levelOf(opening)))
      sections.push({ heading: pathText(path.slice(0, -1)), blocks: [opening] });
    body = [];
  };
  for (const block of blocks) {
    if (block.kind !== 'heading') body.push(block);
    else {
      end(block);
      path = enterHeading(path, block.text, levelOf(block));
      opening = block;
    }
  }
  end(null);
  return sections;
}

const levelOf = (heading: Block): number => heading.level ?? 1;
