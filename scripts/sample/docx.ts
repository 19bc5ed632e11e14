import {
  AlignmentType,
  Document,
  Footer,
  Header,
  HeadingLevel,
  LevelFormat,
  Packer,
  PageNumber,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from 'docx';
import { withFixedDates } from './same-zip.ts';
import type { Block, Source } from './source.ts';

const HEADINGS = [
  HeadingLevel.HEADING_1,
  HeadingLevel.HEADING_2,
  HeadingLevel.HEADING_3,
  HeadingLevel.HEADING_4,
] as const;

/** The document as a Word file: heading styles, real lists and tables, the number in the head of each page. */
export async function docxOf(source: Source): Promise<Uint8Array> {
  let lists = 0;
  const children = source.blocks.flatMap((block) => parts(block, block.kind === 'list' ? lists++ : lists));
  const file = new Document({
    title: source.about.title,
    creator: 'Arvendale Pharmaceuticals',
    styles: {
      default: {
        document: {
          run: { font: 'Calibri', size: 21, language: { value: source.about.language === 'de' ? 'de-DE' : 'en-GB' } },
        },
      },
    },
    numbering: {
      config: [
        {
          reference: 'numbers',
          levels: [
            {
              level: 0,
              format: LevelFormat.DECIMAL,
              text: '%1.',
              alignment: AlignmentType.START,
              style: { paragraph: { indent: { left: 500, hanging: 300 } } },
            },
          ],
        },
      ],
    },
    sections: [
      {
        headers: {
          default: new Header({ children: [new Paragraph(`${source.about.number}  ${source.about.title}`)] }),
        },
        footers: {
          default: new Footer({
            children: [new Paragraph({ children: [new TextRun({ children: ['Page ', PageNumber.CURRENT] })] })],
          }),
        },
        children,
      },
    ],
  });
  return withFixedDates(await Packer.toBuffer(file));
}

function parts(block: Block, list: number): (Paragraph | Table)[] {
  switch (block.kind) {
    case 'heading':
      return [new Paragraph({ text: block.text, heading: HEADINGS[block.level - 1] ?? HeadingLevel.HEADING_4 })];
    case 'paragraph':
      return [new Paragraph({ text: block.text, spacing: { after: 120 } })];
    case 'list':
      return block.items.map((text) =>
        block.ordered
          ? new Paragraph({ text, numbering: { reference: 'numbers', level: 0, instance: list } })
          : new Paragraph({ text, bullet: { level: 0 } }),
      );
    case 'table':
      return [table(block.header, block.rows), new Paragraph('')];
    case 'page_break':
      return [new Paragraph({ text: '', pageBreakBefore: true })];
    case 'note':
      throw new Error('a Word file has no speaker notes');
  }
}

const table = (header: string[], rows: string[][]): Table =>
  new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    rows: [header, ...rows].map(
      (cells, at) =>
        new TableRow({
          // Written as false it would still be taken for a header row by some readers.
          ...(at === 0 ? { tableHeader: true } : {}),
          children: cells.map(
            (text) =>
              new TableCell({ children: [new Paragraph({ children: [new TextRun({ text, bold: at === 0 })] })] }),
          ),
        }),
    ),
  });
