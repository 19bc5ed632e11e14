import { decodeText } from './encoding.ts';
import type { Block, ParsedDocument } from './types.ts';

/** Plain text: empty lines end a paragraph, a form feed ends a page, a line that starts with a bullet is a list item. */
export function parseText(bytes: Uint8Array): ParsedDocument {
  const sheets = decodeText(bytes).split('\f');
  if (sheets.at(-1)?.trim() === '') sheets.pop();
  const paged = sheets.length > 1;
  const blocks: Block[] = [];
  for (const [index, sheet] of sheets.entries()) {
    const page = paged ? index + 1 : null;
    for (const paragraph of sheet.split(/\n[ \t]*\n/)) addParagraph(blocks, paragraph, page);
  }
  return { title: null, pages: paged ? sheets.length : null, blocks };
}

const BULLET = /^\s*(?:[-*•–]|\(?\d{1,3}[.)])\s+/;

function addParagraph(blocks: Block[], paragraph: string, page: number | null): void {
  const lines = paragraph
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  let current: string[] = [];
  let kind: Block['kind'] = 'paragraph';
  const flush = (): void => {
    if (current.length > 0) blocks.push({ kind, text: current.join('\n'), page });
    current = [];
    kind = 'paragraph';
  };
  for (const line of lines) {
    if (BULLET.test(line)) {
      flush();
      kind = 'list-item';
    }
    current.push(line);
  }
  flush();
}
