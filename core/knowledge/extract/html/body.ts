import { tableRows } from '../tables.ts';
import type { Block } from '../types.ts';
import { isElement, isText } from './node.ts';
import type { HtmlElement, HtmlNode } from './node.ts';

/** Deeper than any page is written; what is below is read as plain text, so that the stack never overflows. */
const MAX_DEPTH = 250;
const MAX_SPAN = 60;

const BLOCKS = new Set(
  'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hgroup hr html li main ol p section summary tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
);

type State = {
  blocks: Block[];
  text: string;
  kind: 'paragraph' | 'list-item';
  mark: string;
  skip: (element: HtmlElement) => boolean;
};

/** The blocks of a body in the order of its source. `skip`: elements that are left out with all they contain. */
export function readBody(body: HtmlElement, skip: (element: HtmlElement) => boolean): Block[] {
  const state: State = { blocks: [], text: '', kind: 'paragraph', mark: '', skip };
  readChildren(state, body, 0, 0);
  flush(state);
  return state.blocks;
}

function readChildren(state: State, parent: HtmlNode, depth: number, listDepth: number): void {
  if (depth > MAX_DEPTH) {
    state.text += parent.textContent ?? '';
    return;
  }
  for (const child of parent.childNodes) {
    if (isText(child)) state.text += (child.textContent ?? '').replace(/\s+/g, ' ');
    else if (isElement(child) && !state.skip(child)) readElement(state, child, depth + 1, listDepth);
  }
}

function readElement(state: State, element: HtmlElement, depth: number, listDepth: number): void {
  const name = element.localName;
  if (name === 'br') state.text += '\n';
  else if (/^h[1-6]$/.test(name)) readHeading(state, element, depth, listDepth);
  else if (name === 'pre') readCode(state, element);
  else if (name === 'table' && !isLayout(element)) readTable(state, element);
  else if (name === 'ul' || name === 'ol') readList(state, element, depth, listDepth);
  else if (BLOCKS.has(name) || name === 'table') {
    flush(state);
    readChildren(state, element, depth, listDepth);
    flush(state);
  } else readChildren(state, element, depth, listDepth);
}

function flush(state: State): void {
  const text = tidy(state.text);
  state.text = '';
  if (text === '') return;
  state.blocks.push({ kind: state.kind, text: state.mark + text, page: null });
  // Further paragraphs of a list item stand below it without a mark.
  state.mark = state.mark.replace(/\S/g, ' ');
}

const tidy = (text: string): string =>
  text
    .replace(/[ \t]*\n[ \t]*/g, '\n')
    .replace(/ {2,}/g, ' ')
    .trim();

function readHeading(state: State, element: HtmlElement, depth: number, listDepth: number): void {
  flush(state);
  readChildren(state, element, depth, listDepth);
  const text = tidy(state.text).replace(/\s+/g, ' ');
  state.text = '';
  if (text !== '') state.blocks.push({ kind: 'heading', text, level: Number(element.localName[1]), page: null });
}

function readCode(state: State, element: HtmlElement): void {
  flush(state);
  const text = (element.textContent ?? '').replace(/^\n|\s+$/g, '');
  if (text.trim() !== '') state.blocks.push({ kind: 'code', text, page: null });
}

function readList(state: State, list: HtmlElement, depth: number, listDepth: number): void {
  flush(state);
  const { kind, mark } = state;
  let number = Number(list.getAttribute('start') ?? 1) || 1;
  for (const child of list.childNodes) {
    if (!isElement(child) || state.skip(child)) continue;
    state.kind = 'list-item';
    state.mark = `${'  '.repeat(Math.min(listDepth, 8))}${list.localName === 'ol' ? `${number++}.` : '-'} `;
    readChildren(state, child, depth + 1, listDepth + 1);
    flush(state);
  }
  [state.kind, state.mark] = [kind, mark];
}

/** A table that only places things: one that says so, or that holds headings or further tables. */
function isLayout(table: HtmlElement): boolean {
  const role = table.getAttribute('role');
  return role === 'presentation' || role === 'none' || table.querySelectorAll('table, h1, h2, h3').length > 0;
}

function readTable(state: State, table: HtmlElement): void {
  flush(state);
  const caption = table.querySelectorAll('caption')[0]?.textContent ?? '';
  if (caption.trim() !== '') state.blocks.push({ kind: 'paragraph', text: tidy(caption), page: null });
  const rows: string[][] = [];
  /** Cells that reach down from rows above, by column. */
  const hanging: { text: string; rows: number }[] = [];
  for (const row of table.querySelectorAll('tr')) {
    const cells: string[] = [];
    const takeHanging = (): void => {
      for (let over = hanging[cells.length]; over && over.rows > 0; over = hanging[cells.length]) {
        over.rows -= 1;
        cells.push(over.text);
      }
    };
    for (const cell of row.childNodes) {
      if (!isElement(cell) || (cell.localName !== 'td' && cell.localName !== 'th')) continue;
      takeHanging();
      const text = cellTextOf(cell, state.skip);
      const down = Math.min(MAX_SPAN, Number(cell.getAttribute('rowspan')) || 1) - 1;
      const across = Math.min(MAX_SPAN, Number(cell.getAttribute('colspan')) || 1);
      for (let index = 0; index < across; index++) {
        hanging[cells.length] = { text, rows: down };
        cells.push(index === 0 ? text : '');
      }
    }
    takeHanging();
    rows.push(cells);
  }
  state.blocks.push(...tableRows(rows, null));
}

function cellTextOf(cell: HtmlElement, skip: State['skip']): string {
  return readBody(cell, skip)
    .map((block) => block.text.trim())
    .join(' ');
}
