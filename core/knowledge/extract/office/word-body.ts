import { tableRows } from '../tables.ts';
import type { Block } from '../types.ts';
import type { Numbering } from './numbering.ts';
import type { WordStyle } from './word-styles.ts';
import { readXml } from './xml.ts';

export type WordContext = {
  styles: (styleId: string) => WordStyle;
  numbering: Numbering;
  /** Text of foot- and endnotes by `footnote:id`, `endnote:id`. */
  notes: ReadonlyMap<string, string>;
};

type Paragraph = {
  text: string;
  page: number;
  styleId: string;
  level: number | null;
  numberingId: string | null;
  numberingLevel: number | null;
  notes: string[];
};
type Table = { rows: string[][]; pages: number[]; cell: string; span: number; merged: boolean };

/** Parts of a paragraph that are not its text: deleted or moved away, a second drawing of the same, formulas of fields. */
const SKIPPED = new Set(['del', 'moveFrom', 'Fallback', 'instrText', 'delText', 'sectPr', 'rPr']);

/** The blocks of document.xml. `pages` is null where Word has noted no page breaks. */
export function readWordBody(xml: string, context: WordContext): { blocks: Block[]; pages: number | null } {
  const blocks: Block[] = [];
  const paragraphs: Paragraph[] = [];
  const tables: Table[] = [];
  let page = 1;
  let paged = false;
  let skipping = 0;
  let reading = false;

  const add = (text: string): void => {
    const paragraph = paragraphs.at(-1);
    if (!paragraph || skipping > 0) return;
    if (paragraph.text.trim() === '') paragraph.page = page;
    paragraph.text += text;
  };
  const endParagraph = (): void => {
    const paragraph = paragraphs.pop();
    const table = tables.at(-1);
    if (!paragraph) return;
    const made = paragraphBlocks(paragraph, context);
    if (table) table.cell += made.map((block) => `${block.text} `).join('');
    else blocks.push(...made);
  };
  const endCell = (table: Table): void => {
    const row = table.rows.at(-1);
    const above = table.rows.at(-2);
    // A cell merged with the one above says the same as that one.
    const text = table.merged && table.cell.trim() === '' ? (above?.[row?.length ?? 0] ?? '') : table.cell;
    row?.push(text, ...Array.from({ length: Math.min(table.span, 60) - 1 }, () => ''));
  };
  const endTable = (): void => {
    const table = tables.pop();
    const outer = tables.at(-1);
    if (!table) return;
    if (outer)
      outer.cell += table.rows.map((cells) => cells.filter((cell) => cell.trim() !== '').join(', ')).join('; ');
    else
      blocks.push(
        ...tableRows(table.rows, null).map((block, index) => ({ ...block, page: table.pages[index] ?? page })),
      );
  };

  readXml(xml, {
    open(name, attribute) {
      if (SKIPPED.has(name)) skipping += 1;
      const paragraph = paragraphs.at(-1);
      const table = tables.at(-1);
      switch (name) {
        case 'p':
          paragraphs.push({
            text: '',
            page,
            styleId: '',
            level: null,
            numberingId: null,
            numberingLevel: null,
            notes: [],
          });
          break;
        case 't':
          reading = true;
          break;
        case 'tab':
          // Inside tab stops of the paragraph's properties the same name means a place, not a character.
          if (attribute('pos') === null) add(' ');
          break;
        case 'br':
        case 'cr':
          add('\n');
          break;
        case 'noBreakHyphen':
          add('-');
          break;
        case 'lastRenderedPageBreak':
          [page, paged] = [page + 1, true];
          break;
        case 'pStyle':
          if (paragraph) paragraph.styleId = attribute('val') ?? '';
          break;
        case 'outlineLvl':
          if (paragraph && Number(attribute('val')) < 9) paragraph.level = Number(attribute('val')) + 1;
          break;
        case 'numId':
          if (paragraph) paragraph.numberingId = attribute('val');
          break;
        case 'ilvl':
          if (paragraph) paragraph.numberingLevel = Number(attribute('val')) || 0;
          break;
        case 'footnoteReference':
        case 'endnoteReference':
          paragraph?.notes.push(context.notes.get(`${name.slice(0, -9)}:${attribute('id')}`) ?? '');
          break;
        case 'tbl':
          tables.push({ rows: [], pages: [], cell: '', span: 1, merged: false });
          break;
        case 'tr':
          table?.rows.push([]);
          table?.pages.push(page);
          break;
        case 'tc':
          if (table) [table.cell, table.span, table.merged] = ['', 1, false];
          break;
        case 'gridSpan':
          if (table) table.span = Number(attribute('val')) || 1;
          break;
        case 'vMerge':
          if (table) table.merged = attribute('val') !== 'restart';
          break;
        default:
      }
    },
    close(name) {
      if (SKIPPED.has(name)) skipping -= 1;
      const table = tables.at(-1);
      if (name === 't') reading = false;
      else if (name === 'p') endParagraph();
      else if (name === 'tc' && table) endCell(table);
      else if (name === 'tbl') endTable();
    },
    text: (text) => reading && add(text),
  });
  return { blocks: paged ? blocks : blocks.map((block) => ({ ...block, page: null })), pages: paged ? page : null };
}

function paragraphBlocks(paragraph: Paragraph, { styles, numbering }: WordContext): Block[] {
  const text = paragraph.text.trim();
  const { page } = paragraph;
  const style = styles(paragraph.styleId);
  const level = paragraph.level ?? style.level;
  const list = paragraph.numberingId ?? style.numberingId;
  const depth = paragraph.numberingLevel ?? style.numberingLevel;
  const notes = paragraph.notes
    .filter((note) => note !== '')
    .map((note): Block => ({ kind: 'note', text: note, page }));
  if (text === '') return notes;
  const mark = list === null || list === '0' ? '' : numbering(list, depth);
  if (level !== null)
    return [
      { kind: 'heading', text: mark === '-' ? text : `${mark} ${text}`.trim(), level: Math.min(level, 6), page },
      ...notes,
    ];
  if (mark !== '')
    return [{ kind: 'list-item', text: `${'  '.repeat(Math.min(depth, 8))}${mark} ${text}`, page }, ...notes];
  return [{ kind: 'paragraph', text, page }, ...notes];
}

/** The text of each note in footnotes.xml or endnotes.xml, by `footnote:id`. The separators that Word keeps there are empty. */
export function readWordNotes(xml: string | null, kind: 'footnote' | 'endnote'): Map<string, string> {
  const notes = new Map<string, string>();
  let id: string | null = null;
  let reading = false;
  if (xml !== null)
    readXml(xml, {
      open(name, attribute) {
        if (name === kind) id = `${kind}:${attribute('id')}`;
        reading = name === 't';
      },
      close(name) {
        if (name === kind) id = null;
        if (name === 'p' && id !== null) notes.set(id, `${notes.get(id) ?? ''} `.trimStart());
        reading = false;
      },
      text: (text) => reading && id !== null && notes.set(id, (notes.get(id) ?? '') + text),
    });
  for (const [key, text] of notes) notes.set(key, text.trim());
  return notes;
}
