import { expect, test } from 'vitest';
import { extractDocument } from '../../../core/knowledge/extract/extract.ts';
import type { Block, ExtractedDocument } from '../../../core/knowledge/extract/types.ts';
import { aPdf } from '../../fixtures/files/make.ts';

const SENTENCE =
  'The batch record of every reactor is reviewed by quality assurance before it is released to the market. ';

const read = async (...args: Parameters<typeof aPdf>): Promise<ExtractedDocument> =>
  extractDocument('a.pdf', await aPdf(...args));
const texts = (document: ExtractedDocument, kind: Block['kind']): string[] =>
  document.blocks.filter((block) => block.kind === kind).map((block) => block.text);

test('running headers, footers and page numbers are left out, chapter headings at the same place stay', async () => {
  const document = await read((pdf) => {
    for (let page = 1; page <= 4; page++) {
      if (page > 1) pdf.addPage();
      pdf.page.margins.bottom = 0;
      pdf.fontSize(8).text('SOP-MFG-042 Rev 3 confidential', 72, 30, { lineBreak: false });
      pdf.text(`Page ${page} of 4`, 250, 815, { lineBreak: false });
      pdf.font('Helvetica-Bold').fontSize(18).text(`Chapter ${page}`, 72, 60);
      pdf.font('Helvetica').fontSize(10).text(SENTENCE.repeat(5));
    }
  });
  const all = document.blocks.map((block) => block.text).join('\n');
  expect(all).not.toContain('confidential');
  expect(all).not.toContain('Page 2');
  expect(texts(document, 'heading')).toEqual(['Chapter 1', 'Chapter 2', 'Chapter 3', 'Chapter 4']);
  expect(document.pages).toBe(4);
});

test('a table header that stands at the top of each page is kept once, and the table goes on over the pages', async () => {
  const rows = Array.from({ length: 45 }, (_, index) => [`P-${index}`, 'conductivity', String(index)]);
  const document = await read((pdf) => {
    for (let page = 0; page < 3; page++) {
      if (page > 0) pdf.addPage();
      pdf.fontSize(10).table({ data: [['Code', 'Parameter', 'Limit'], ...rows.slice(page * 15, page * 15 + 15)] });
    }
  });
  expect(texts(document, 'table-row')).toEqual(['Code | Parameter | Limit', ...rows.map((row) => row.join(' | '))]);
  expect(document.blocks.filter((block) => block.level === 0)).toHaveLength(1);
  expect(document.blocks.at(-1)?.page).toBe(3);
});

test('cells that wrap stay in their row and column', async () => {
  const document = await read((pdf) => {
    pdf.fontSize(10).table({
      columnStyles: [90, 80, 150],
      data: [
        ['Parameter', 'Limit', 'Method'],
        ['Total organic carbon of rinse', '500 ppb', 'a method whose name is so long that it needs several lines'],
        ['Endotoxin', '0.25', 'USP 85'],
      ],
    });
  });
  expect(texts(document, 'table-row')).toEqual([
    'Parameter | Limit | Method',
    'Total organic carbon of rinse | 500 ppb | a method whose name is so long that it needs several lines',
    'Endotoxin | 0.25 | USP 85',
  ]);
});

test('columns that stand close together are told apart where other rows show the gap, headings end a table', async () => {
  const rows = [
    ['Revision', 'Date', 'Change'],
    ['1', '10 May 2021', 'First issue'],
    ['2', '4 September 2023', 'Dryer added'],
  ];
  const document = await read((pdf) => {
    pdf.font('Helvetica').fontSize(9);
    const draw = (cells: string[], y: number): void =>
      cells.forEach((cell, index) => pdf.text(cell, [72, 112, 215][index] ?? 72, y, { lineBreak: false }));
    rows.forEach((cells, index) => draw(cells, 100 + index * 16));
    pdf.font('Helvetica-Bold').fontSize(13).text('2 Next table', 72, 160, { lineBreak: false });
    pdf.font('Helvetica').fontSize(9);
    rows.forEach((cells, index) => draw(cells, 184 + index * 16));
    pdf.text(SENTENCE.repeat(6), 72, 260);
  });
  const table = rows.map((cells) => cells.join(' | '));
  expect(texts(document, 'table-row')).toEqual([...table, ...table]);
  expect(texts(document, 'heading')).toEqual(['2 Next table']);
});

test('two columns are read side after side although a table stands in one and their lines are not at one height', async () => {
  const document = await read((pdf) => {
    pdf
      .font('Helvetica')
      .fontSize(10)
      .text(`LEFT ${SENTENCE.repeat(9)}`, 60, 80, { width: 220 });
    pdf.text(`RIGHT ${SENTENCE.repeat(3)}`, 310, 84, { width: 220 });
    ['Visit', '1', '2', '3', '4'].forEach((visit, index) => {
      pdf
        .text(visit, 310, 190 + index * 17, { lineBreak: false })
        .text(index === 0 ? 'Week' : `${index * 4}`, 420, 190 + index * 17, { lineBreak: false });
    });
  });
  expect(texts(document, 'table-row')).toEqual(['Visit | Week', '1 | 4', '2 | 8', '3 | 12', '4 | 16']);
  const [left, right] = texts(document, 'paragraph');
  expect(left).toBe(`LEFT ${SENTENCE.repeat(9)}`.trim());
  expect(right).toBe(`RIGHT ${SENTENCE.repeat(3)}`.trim());
});

test('two columns are read one after the other, below the heading over both', async () => {
  const document = await read((pdf) => {
    pdf.font('Helvetica-Bold').fontSize(16).text('A heading that reaches over both of the columns here').moveDown();
    const words = Array.from({ length: 420 }, (_, index) => `w${index}`).join(' ');
    pdf.font('Times-Roman').fontSize(10).text(words, { columns: 2, columnGap: 24, height: 300 });
  });
  const order = texts(document, 'paragraph')
    .join(' ')
    .match(/w\d+/g)
    ?.map((word) => Number(word.slice(1)));
  expect(order).toEqual(Array.from({ length: 420 }, (_, index) => index));
  expect(document.blocks[0]).toMatchObject({
    kind: 'heading',
    text: 'A heading that reaches over both of the columns here',
  });
});

test('headings have levels by their size, and bold lines of the size of the text are the lowest', async () => {
  const document = await read((pdf) => {
    pdf.font('Helvetica-Bold').fontSize(20).text('Title').fontSize(14).text('1 Purpose');
    pdf.font('Helvetica').fontSize(10).text(SENTENCE.repeat(3)).moveDown();
    pdf.font('Helvetica-Bold').text('1.1 Details').font('Helvetica').text(SENTENCE.repeat(3));
  });
  const headings = document.blocks.filter((block) => block.kind === 'heading').map(({ text, level }) => [text, level]);
  expect(headings).toEqual([
    ['Title', 1],
    ['1 Purpose', 2],
    ['1.1 Details', 3],
  ]);
  expect(document.title).toBe('Title');
  expect(document.language).toBe('en');
});

test('a word that a hyphen divides at the end of a line is whole, a name with a hyphen keeps it', async () => {
  const document = await read((pdf) =>
    pdf.fontSize(11).text('All docu-\nmentation of the state-of-the-\nart plant is kept in SOP-\nMFG'),
  );
  expect(texts(document, 'paragraph').join(' ')).toMatch(
    /^All documentation of the state-of-the-art plant is kept in SOP-MFG$/,
  );
});

test('lines carry their place on the page in points from the top left', async () => {
  const document = await read((pdf) => pdf.fontSize(12).text('first line', 100, 200).text('far below', 100, 700));
  const [first, second] = document.blocks.map((block) => block.rects?.[0] ?? [0, 0, 0, 0]);
  expect(first?.[0]).toBeCloseTo(100, -1);
  expect(first?.[1]).toBeGreaterThan(195);
  expect(first?.[3]).toBeLessThan(220);
  expect(second?.[1]).toBeGreaterThan(695);
});

test('on a turned page the places are those of the page as it is shown', async () => {
  const document = await read((pdf) => {
    (pdf.page.dictionary.data as Record<string, unknown>)['Rotate'] = 90;
    pdf
      .rotate(-90, { origin: [0, 0] })
      .fontSize(12)
      .text('turned text of some length', -700, 60, { lineBreak: false });
  });
  const [left = 0, top = 0, right = 0, bottom = 0] = document.blocks[0]?.rects?.[0] ?? [];
  expect(document.blocks[0]?.text).toBe('turned text of some length');
  expect(right - left).toBeGreaterThan(100);
  expect(bottom - top).toBeLessThan(20);
  expect(left).toBeGreaterThanOrEqual(0);
  expect(right).toBeLessThanOrEqual(842);
});

test('what was filled into a form is read beside its label', async () => {
  const document = await read((pdf) => {
    pdf.initForm();
    pdf
      .fontSize(11)
      .text('Name of operator:', 72, 300)
      .formText('operator', 200, 295, 200, 20, { value: 'Maria Keller' });
  });
  expect(document.blocks.map((block) => block.text)).toEqual(['Name of operator: Maria Keller']);
});

test('list items stay apart', async () => {
  const document = await read((pdf) =>
    pdf.fontSize(11).text('• Rinse with water\n• Dry with nitrogen\n• Seal the port'),
  );
  expect(texts(document, 'list-item')).toEqual(['• Rinse with water', '• Dry with nitrogen', '• Seal the port']);
});
