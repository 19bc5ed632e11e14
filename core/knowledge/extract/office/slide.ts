import { tableRows } from '../tables.ts';
import type { Block } from '../types.ts';
import { readXml } from './xml.ts';

type Shape = { placeholder: string | null; paragraphs: { text: string; depth: number }[] };

const TITLES = new Set(['title', 'ctrTitle']);
/** Date, footer, number and header come back on every slide. */
const FURNITURE = new Set(['dt', 'ftr', 'sldNum', 'hdr']);

/** The title of a slide and its texts and tables in their order. */
export function readSlide(xml: string, page: number): { title: string | null; blocks: Block[] } {
  const parts = readShapes(xml);
  const titles: string[] = [];
  const blocks: Block[] = [];
  for (const part of parts) {
    if (part.kind === 'table') blocks.push(...tableRows(part.rows, page));
    else if (TITLES.has(part.shape.placeholder ?? ''))
      titles.push(part.shape.paragraphs.map(({ text }) => text).join(' '));
    else if (!FURNITURE.has(part.shape.placeholder ?? '')) blocks.push(...shapeBlocks(part.shape, page));
  }
  const title = titles.join(' ').replace(/\s+/g, ' ').trim();
  return { title: title || null, blocks };
}

/** The speaker's notes of a notes page. */
export function notesText(xml: string): string {
  const texts = readShapes(xml).flatMap((part) =>
    part.kind === 'shape' && part.shape.placeholder === 'body' ? part.shape.paragraphs : [],
  );
  return texts
    .map(({ text }) => text)
    .join('\n')
    .trim();
}

/** Several paragraphs in the slide's body are its bullet points. */
function shapeBlocks({ placeholder, paragraphs }: Shape, page: number): Block[] {
  const isList = (placeholder === 'body' || placeholder === 'obj') && paragraphs.length > 1;
  return paragraphs.map(({ text, depth }): Block =>
    isList ? { kind: 'list-item', text: `${'  '.repeat(depth)}- ${text}`, page } : { kind: 'paragraph', text, page },
  );
}

type Part = { kind: 'shape'; shape: Shape } | { kind: 'table'; rows: string[][] };

function readShapes(xml: string): Part[] {
  const parts: Part[] = [];
  let shape: Shape | null = null;
  let rows: string[][] | null = null;
  let cell: string | null = null;
  let text = '';
  let depth = 0;
  let reading = false;
  readXml(xml, {
    open(name, attribute) {
      if (name === 'sp') shape = { placeholder: null, paragraphs: [] };
      // A placeholder without a type is the slide's body.
      else if (name === 'ph' && shape) shape.placeholder = attribute('type') ?? 'obj';
      else if (name === 'p') [text, depth] = ['', 0];
      else if (name === 'pPr') depth = Math.min(8, Number(attribute('lvl')) || 0);
      else if (name === 't') reading = true;
      else if (name === 'br') text += '\n';
      else if (name === 'tbl') rows = [];
      else if (name === 'tr') rows?.push([]);
      else if (name === 'tc') cell = '';
    },
    close(name) {
      if (name === 't') reading = false;
      else if (name === 'p' && cell !== null) cell += `${text} `;
      else if (name === 'p' && shape && text.trim() !== '') shape.paragraphs.push({ text: text.trim(), depth });
      else if (name === 'tc') {
        rows?.at(-1)?.push(cell ?? '');
        cell = null;
      } else if (name === 'tbl' && rows) {
        parts.push({ kind: 'table', rows });
        rows = null;
      } else if (name === 'sp' && shape) {
        parts.push({ kind: 'shape', shape });
        shape = null;
      }
    },
    text: (value) => void (text += reading ? value : ''),
  });
  return parts;
}
