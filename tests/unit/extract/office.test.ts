import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow } from 'docx';
import pptxgenjs from 'pptxgenjs';
import { expect, test } from 'vitest';
import { extractDocument } from '../../../core/knowledge/extract/extract.ts';
import type { Block } from '../../../core/knowledge/extract/types.ts';
import { aDocx, aParagraph, aWorkbook } from '../../fixtures/files/make.ts';

/** The package's types describe it as it would be without Node's way of importing CommonJS. */
const Presentation = pptxgenjs as unknown as typeof pptxgenjs.default;

const lines = (blocks: readonly Block[]): string[] =>
  blocks.map(({ kind, text, level }) => `${kind}${level ?? ''}: ${text}`);
const readDocx = async (
  body: string,
  parts?: Record<string, string>,
): Promise<{ lines: string[]; pages: (number | null)[]; count: number | null }> => {
  const document = await extractDocument('a.docx', aDocx(body, parts));
  return { lines: lines(document.blocks), pages: document.blocks.map((block) => block.page), count: document.pages };
};

test('deleted revisions, moved texts and the second drawing of the same are left out', async () => {
  const { lines: read } = await readDocx(
    `<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>struck out</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>
     <w:p><w:r><mc:AlternateContent><mc:Choice><w:t>drawn</w:t></mc:Choice><mc:Fallback><w:t>drawn</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>`,
  );
  expect(read).toEqual(['paragraph: kept', 'paragraph: drawn']);
});

test('pages are counted where Word noted its breaks, and are null where it did not', async () => {
  const broken = await readDocx(
    `${aParagraph('one')}<w:p><w:r><w:br w:type="page"/></w:r><w:r><w:lastRenderedPageBreak/><w:t>two</w:t></w:r></w:p>${aParagraph('still two')}`,
  );
  expect(broken).toMatchObject({ pages: [1, 2, 2], count: 2 });
  expect(await readDocx(aParagraph('one'))).toMatchObject({ pages: [null], count: null });
});

test('headings by style, also by one based on it, keep the numbers that Word counts', async () => {
  const numbering = `<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>`;
  const numbered = (level: number): string => `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="7"/></w:numPr>`;
  const { lines: read } = await readDocx(
    [
      aParagraph('Purpose', `<w:pStyle w:val="H1"/>${numbered(0)}`),
      aParagraph('Scope', `<w:pStyle w:val="H2"/>${numbered(1)}`),
      aParagraph('Limits', `<w:pStyle w:val="H2"/>${numbered(1)}`),
      aParagraph('Steps', `<w:pStyle w:val="Own"/>${numbered(0)}`),
      aParagraph('Rinse', numbered(1)),
    ].join(''),
    { 'word/numbering.xml': numbering },
  );
  expect(read).toEqual([
    'heading1: 1 Purpose',
    'heading2: 1.1 Scope',
    'heading2: 1.2 Limits',
    'heading1: 2 Steps',
    'list-item:   2.1 Rinse',
  ]);
});

test('footnotes follow the paragraph that they belong to', async () => {
  const { lines: read } = await readDocx(
    `<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id="2"/></w:r></w:p>${aParagraph('Next')}`,
    {
      'word/footnotes.xml': `<w:footnotes><w:footnote w:id="2">${aParagraph('See annex 3.')}</w:footnote></w:footnotes>`,
    },
  );
  expect(read).toEqual(['paragraph: Text', 'note: See annex 3.', 'paragraph: Next']);
});

test('a document of a word processor library: title, headings, a table with merged cells', async () => {
  const cell = (text: string, options: { rowSpan?: number; columnSpan?: number } = {}): TableCell =>
    new TableCell({ children: [new Paragraph(text)], ...options });
  const made = new Document({
    title: 'Cleaning SOP',
    sections: [
      {
        children: [
          new Paragraph({ text: 'Limits', heading: HeadingLevel.HEADING_1 }),
          new Table({
            rows: [
              new TableRow({ children: [cell('Parameter'), cell('Limit'), cell('Unit')] }),
              new TableRow({ children: [cell('pH', { rowSpan: 2 }), cell('5 | 7'), cell('-')] }),
              new TableRow({ children: [cell('8', { columnSpan: 2 })] }),
            ],
          }),
        ],
      },
    ],
  });
  const document = await extractDocument('a.docx', await Packer.toBuffer(made));
  expect(document.title).toBe('Cleaning SOP');
  expect(lines(document.blocks)).toEqual([
    'heading1: Limits',
    'table-row0: Parameter | Limit | Unit',
    'table-row: pH | 5 ¦ 7 | -',
    'table-row: pH | 8 | ',
  ]);
});

test('a presentation: slides are pages under their titles, with bullets, tables and speaker notes', async () => {
  const deck = new Presentation();
  const placeholder = (name: string, type: 'title' | 'body', y: number) => ({
    placeholder: { options: { name, type, x: 1, y, w: 8, h: 1 }, text: '' },
  });
  deck.defineSlideMaster({
    title: 'M',
    objects: [placeholder('title', 'title', 0.2), placeholder('body', 'body', 1.5)],
  });
  const bullets = ['Primary endpoint met', 'No serious events'].map((text, index) => ({
    text,
    options: { bullet: true, breakLine: index === 0 },
  }));
  const first = deck.addSlide({ masterName: 'M' });
  first.addText('Safety results', { placeholder: 'title' });
  first.addText(bullets, { placeholder: 'body' });
  first.addTable(
    [
      [{ text: 'Arm' }, { text: 'N' }],
      [{ text: 'Placebo' }, { text: '120' }],
    ],
    { x: 1, y: 3 },
  );
  first.addNotes('Say that the placebo arm was larger.');
  deck.addSlide({ masterName: 'M' }).addText('Loose text', { x: 1, y: 1, w: 3, h: 1 });
  const document = await extractDocument(
    'a.pptx',
    Buffer.from((await deck.write({ outputType: 'nodebuffer' })) as Uint8Array),
  );
  expect(lines(document.blocks)).toEqual([
    'heading1: Safety results',
    'list-item: - Primary endpoint met',
    'list-item: - No serious events',
    'table-row0: Arm | N',
    'table-row: Placebo | 120',
    'note: Say that the placebo arm was larger.',
    'heading1: Slide 2',
    'paragraph: Loose text',
  ]);
  expect(document.blocks.map((block) => block.page)).toEqual([1, 1, 1, 1, 1, 1, 2, 2]);
  expect(document).toMatchObject({ pages: 2, title: 'Safety results' });
});

test('a workbook: sheets are sections, rows name their columns, dates and shares read as they are shown', async () => {
  const styles =
    '<numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs>';
  const book = aWorkbook(
    {
      Assays: [
        ['Results of 2024'],
        [],
        ['Batch', 'Date', 'Yield', 'Value'],
        ['B-1', [45_356, 1], [0.953, 2], 0.1 + 0.2],
        ['B-2', '', 1, 7],
      ],
      Empty: [],
    },
    styles,
  );
  const document = await extractDocument('a.xlsx', book);
  expect(lines(document.blocks)).toEqual([
    'heading1: Assays',
    'paragraph: Results of 2024',
    'table-row: Batch: B-1 | Date: 2024-03-05 | Yield: 95.3% | Value: 0.3',
    'table-row: Batch: B-2 | Yield: 1 | Value: 7',
  ]);
});
