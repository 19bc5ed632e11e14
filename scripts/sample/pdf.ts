import PDFDocument from 'pdfkit';
import { BUILT_AT } from './same-zip.ts';
import type { Block, Source } from './source.ts';

const PAGE = { width: 595.28, height: 841.89, left: 56, right: 56, top: 76, bottom: 64 };
const GUTTER = 22;
const HEADING_SIZES = [18, 13.5, 11.5, 10.5];
const CELL_PADDING = 4;

type Style = { font: string; size: number; indent?: number; before?: number; after?: number };
type Pen = { doc: PDFKit.PDFDocument; columns: number; width: number; column: number; x: number; y: number };

/** The document as a PDF of A4 pages with real text lines, tables with lines, a head and a page number on each page. */
export async function pdfOf(source: Source): Promise<Uint8Array> {
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: source.about.language,
    info: {
      Title: source.about.title,
      Author: 'Arvendale Pharmaceuticals',
      Producer: 'pdfkit',
      Creator: 'pdfkit',
      CreationDate: BUILT_AT,
    },
  });
  const chunks: Uint8Array[] = [];
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject));
  const columns = source.about.columns;
  const width = (PAGE.width - PAGE.left - PAGE.right - GUTTER * (columns - 1)) / columns;
  const pen: Pen = { doc, columns, width, column: 0, x: PAGE.left, y: PAGE.top };
  source.blocks.forEach((block, at) => drawBlock(pen, block, source.blocks[at + 1]));
  drawHeadsAndFeet(doc, source);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

function drawBlock(pen: Pen, block: Block, next: Block | undefined): void {
  switch (block.kind) {
    case 'page_break':
      return nextPage(pen);
    case 'heading': {
      const size = HEADING_SIZES[block.level - 1] ?? 10;
      // A heading stays with the beginning of what follows it.
      room(pen, size * 1.3 + (next?.kind === 'heading' ? 60 : 44));
      return drawLines(pen, block.text, { font: 'Helvetica-Bold', size, before: block.level === 1 ? 4 : 10, after: 4 });
    }
    case 'paragraph':
      return drawLines(pen, block.text, { font: 'Helvetica', size: 9.5, after: 6 });
    case 'list':
      block.items.forEach((item, at) =>
        drawLines(
          pen,
          item,
          { font: 'Helvetica', size: 9.5, indent: 14, after: 2 },
          block.ordered ? `${at + 1}.` : '•',
        ),
      );
      pen.y += 4;
      return;
    case 'table':
      return drawTable(pen, block.header, block.rows);
    case 'note':
      throw new Error('a PDF has no speaker notes');
  }
}

function drawLines(pen: Pen, text: string, style: Style, mark?: string): void {
  const { doc } = pen;
  const indent = style.indent ?? 0;
  const height = style.size * 1.32;
  doc.font(style.font).fontSize(style.size);
  if (pen.y > PAGE.top) pen.y += style.before ?? 0;
  wrap(doc, text, pen.width - indent).forEach((line, at) => {
    room(pen, height);
    doc.font(style.font).fontSize(style.size);
    if (at === 0 && mark) doc.text(mark, pen.x, pen.y, { lineBreak: false });
    doc.text(line, pen.x + indent, pen.y, { lineBreak: false });
    pen.y += height;
  });
  pen.y += style.after ?? 0;
}

function drawTable(pen: Pen, header: string[], rows: string[][]): void {
  const { doc } = pen;
  const size = pen.columns === 2 || header.length > 6 ? 7.5 : 8.5;
  const widths = columnWidths(pen, header, rows, size);
  const drawRow = (cells: string[], font: string) => {
    doc.font(font).fontSize(size);
    const lines = cells.map((cell, at) => wrap(doc, cell, (widths[at] ?? 40) - CELL_PADDING * 2));
    const height = Math.max(...lines.map((cell) => cell.length)) * size * 1.25 + CELL_PADDING * 2;
    if (room(pen, height) && font === 'Helvetica') drawRow(header, 'Helvetica-Bold');
    doc.font(font).fontSize(size);
    let x = pen.x;
    lines.forEach((cell, at) => {
      doc
        .rect(x, pen.y, widths[at] ?? 40, height)
        .lineWidth(0.5)
        .stroke('#8a8f98');
      cell.forEach((line, n) =>
        doc.text(line, x + CELL_PADDING, pen.y + CELL_PADDING + n * size * 1.25, { lineBreak: false }),
      );
      x += widths[at] ?? 40;
    });
    pen.y += height;
  };
  pen.y += 2;
  room(pen, 50);
  drawRow(header, 'Helvetica-Bold');
  for (const row of rows) drawRow(row, 'Helvetica');
  pen.y += 8;
}

/** Widths by the longest cell of each column, none below its longest word where the page allows it. */
function columnWidths(pen: Pen, header: string[], rows: string[][], size: number): number[] {
  pen.doc.font('Helvetica-Bold').fontSize(size);
  const measure = (text: string) => pen.doc.widthOfString(text) + CELL_PADDING * 2 + 1;
  const all = [header, ...rows];
  const wanted = header.map((_, at) => Math.min(220, Math.max(...all.map((row) => measure(row[at] ?? '')))));
  const least = header.map((_, at) =>
    Math.max(...all.flatMap((row) => (row[at] ?? '').split(' ').map((word) => measure(word)))),
  );
  const leastSum = least.reduce((sum, width) => sum + width, 0);
  const spare = Math.max(0, pen.width - leastSum);
  const more = wanted.map((width, at) => Math.max(0, width - (least[at] ?? 0)));
  const moreSum = more.reduce((sum, width) => sum + width, 0) || 1;
  const scale = Math.min(1, pen.width / leastSum);
  return least.map((width, at) => width * scale + Math.min(1, spare / moreSum) * (more[at] ?? 0));
}

function wrap(doc: PDFKit.PDFDocument, text: string, width: number): string[] {
  const strange = /[^\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u20ac\u2122]/u.exec(text);
  if (strange) throw new Error(`the PDF's fonts have no "${strange[0]}": ${text.slice(0, 80)}`);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && doc.widthOfString(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Moves to the next column or page where `height` does not fit any more; whether it moved. */
function room(pen: Pen, height: number): boolean {
  if (pen.y + height <= PAGE.height - PAGE.bottom) return false;
  if (pen.column + 1 < pen.columns) {
    pen.column += 1;
    pen.x += pen.width + GUTTER;
    pen.y = PAGE.top;
  } else nextPage(pen);
  return true;
}

function nextPage(pen: Pen): void {
  pen.doc.addPage();
  Object.assign(pen, { column: 0, x: PAGE.left, y: PAGE.top });
}

function drawHeadsAndFeet(doc: PDFKit.PDFDocument, source: Source): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    doc.font('Helvetica').fontSize(8).fillColor('#555b66');
    doc.text(`${source.about.number}   ${source.about.title}`, PAGE.left, 40, { lineBreak: false });
    doc.text(`Arvendale Pharmaceuticals   Confidential   Page ${page + 1} of ${count}`, PAGE.left, PAGE.height - 40, {
      lineBreak: false,
    });
    doc.fillColor('black');
  }
}
