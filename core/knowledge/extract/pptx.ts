import { openOffice, relationshipsOf, titleOf } from './office/package.ts';
import type { OfficePackage } from './office/package.ts';
import { notesText, readSlide } from './office/slide.ts';
import { readXml } from './office/xml.ts';
import { refusals } from './refusals.ts';
import type { Block, ParsedDocument } from './types.ts';

/**
 * A PowerPoint presentation: each slide is a page under its title, with its texts, tables and speaker notes.
 * @throws AppError file_type_mismatch, file_bomb, file_encrypted, file_corrupt
 */
export async function parsePptx(bytes: Uint8Array, name: string): Promise<ParsedDocument> {
  const file = await openOffice(bytes, name, 'pptx');
  const slides = await slidePaths(file);
  const blocks: Block[] = [];
  for (const [index, slide] of slides.entries()) blocks.push(...(await slideBlocks(file, slide, index + 1)));
  const first = blocks.find((block) => block.kind === 'heading');
  return { title: (await titleOf(file)) ?? first?.text ?? null, pages: slides.length, blocks };
}

/** The slides in the order they are shown, not that of their file names. */
async function slidePaths(file: OfficePackage): Promise<string[]> {
  const xml = await file.read(file.main);
  if (xml === null) throw refusals.corrupt();
  const links = new Map((await relationshipsOf(file, file.main)).map((link) => [link.id, link.target]));
  const paths: string[] = [];
  readXml(xml, {
    open(name, attribute) {
      if (name !== 'sldId') return;
      // `id` without prefix is a number; the link is the one with a prefix.
      const target = links.get(attribute('r:id') ?? '');
      if (target !== undefined) paths.push(target);
    },
  });
  return paths;
}

async function slideBlocks(file: OfficePackage, path: string, page: number): Promise<Block[]> {
  const xml = await file.read(path);
  if (xml === null) return [];
  const { title, blocks } = readSlide(xml, page);
  const notesPath = (await relationshipsOf(file, path)).find((link) => link.type.endsWith('/notesSlide'))?.target;
  const notes = notesPath === undefined ? '' : notesText((await file.read(notesPath)) ?? '');
  if (notes !== '') blocks.push({ kind: 'note', text: notes, page });
  if (title === null && blocks.length === 0) return [];
  return [{ kind: 'heading', text: title ?? `Slide ${page}`, level: 1, page }, ...blocks];
}
