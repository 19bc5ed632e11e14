import { readNumbering } from './office/numbering.ts';
import { openOffice, relationshipsOf, titleOf } from './office/package.ts';
import { readWordBody, readWordNotes } from './office/word-body.ts';
import { readWordStyles } from './office/word-styles.ts';
import { refusals } from './refusals.ts';
import type { ParsedDocument } from './types.ts';

/**
 * A Word document: headings with their numbers, lists, tables, footnotes after the paragraph they belong to; pages where
 * Word has noted its page breaks. Deleted revisions are left out.
 * @throws AppError file_type_mismatch, file_bomb, file_encrypted, file_corrupt
 */
export async function parseDocx(bytes: Uint8Array, name: string): Promise<ParsedDocument> {
  const file = await openOffice(bytes, name, 'docx');
  const links = await relationshipsOf(file, file.main);
  const linked = async (type: string): Promise<string | null> => {
    const link = links.find((candidate) => candidate.type.endsWith(`/${type}`));
    return link ? file.read(link.target) : null;
  };
  const body = await file.read(file.main);
  if (body === null) throw refusals.corrupt();
  const styles = readWordStyles(await linked('styles'));
  const numbering = readNumbering(await linked('numbering'));
  const notes = new Map([
    ...readWordNotes(await linked('footnotes'), 'footnote'),
    ...readWordNotes(await linked('endnotes'), 'endnote'),
  ]);
  const { blocks, pages } = readWordBody(body, { styles, numbering, notes });
  const titled = blocks.find((block) => block.kind === 'heading' && block.level === 0);
  const first = blocks.find((block) => block.kind === 'heading');
  return { title: (await titleOf(file)) ?? titled?.text ?? first?.text ?? null, pages, blocks };
}
