import { createRequire } from 'node:module';
import type pptxgenjs from 'pptxgenjs';
import { withFixedDates } from './same-zip.ts';
import type { Block, Source } from './source.ts';

type Deck = pptxgenjs.default;
type Slide = ReturnType<Deck['addSlide']>;

// The package's ES module is not marked as one, so that Node can load its CommonJS build only.
const Presentation = createRequire(import.meta.url)('pptxgenjs') as new () => Deck;

/** The document as slides: every heading of the second level begins one, a note becomes its speaker notes. */
export async function pptxOf(source: Source): Promise<Uint8Array> {
  const deck = new Presentation();
  deck.title = source.about.title;
  deck.company = 'Arvendale Pharmaceuticals';
  deck.layout = 'LAYOUT_WIDE';
  deck.defineSlideMaster({
    title: 'Arvendale',
    background: { color: 'FFFFFF' },
    objects: [
      {
        placeholder: {
          options: {
            name: 'title',
            type: 'title',
            x: 0.6,
            y: 0.4,
            w: 12,
            h: 0.9,
            fontSize: 30,
            bold: true,
            color: '1F3A5F',
          },
          text: '',
        },
      },
      {
        text: { text: source.about.number, options: { x: 0.6, y: 6.95, w: 6, h: 0.35, fontSize: 11, color: '7A7F87' } },
      },
    ],
  });
  for (const blocks of slides(source.blocks)) drawSlide(deck.addSlide({ masterName: 'Arvendale' }), blocks);
  return withFixedDates((await deck.write({ outputType: 'nodebuffer' })) as Uint8Array);
}

function slides(blocks: Block[]): Block[][] {
  const result: Block[][] = [];
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level <= 2) result.push([block]);
    else if (result.length === 0) throw new Error('a presentation begins with a heading');
    else result.at(-1)?.push(block);
  }
  return result;
}

function drawSlide(slide: Slide, blocks: Block[]): void {
  let y = 1.5;
  const box = (h: number) => ({ x: 0.6, y, w: 12, h, fontSize: 18, valign: 'top' as const });
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level <= 2) slide.addText(block.text, { placeholder: 'title' });
    else if (block.kind === 'note') slide.addNotes(block.text);
    else if (block.kind === 'list') {
      const h = 0.45 * block.items.length;
      slide.addText(
        block.items.map((text) => ({ text, options: { bullet: true, breakLine: true } })),
        box(h),
      );
      y += h + 0.2;
    } else if (block.kind === 'table') {
      const bold = block.header.map((text) => ({ text, options: { bold: true } }));
      slide.addTable([bold, ...block.rows.map((row) => row.map((text) => ({ text })))], {
        x: 0.6,
        y,
        w: 12,
        fontSize: 14,
        border: { type: 'solid', pt: 0.5, color: '8A8F98' },
      });
      y += 0.42 * (block.rows.length + 1) + 0.3;
    } else if (block.kind === 'paragraph' || block.kind === 'heading') {
      slide.addText(block.text, box(0.8));
      y += 0.9;
    } else throw new Error(`a slide has no ${block.kind}`);
  }
}
