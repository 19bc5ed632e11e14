import { openOffice, relationshipsOf, titleOf } from './office/package.ts';
import type { OfficePackage } from './office/package.ts';
import { readCellFormats, readSharedStrings, readSheet } from './office/sheet.ts';
import { readXml } from './office/xml.ts';
import { refusals } from './refusals.ts';
import { recordBlocks } from './records.ts';
import type { Block, ParsedDocument } from './types.ts';

/**
 * An Excel workbook: each sheet is a section, each row a record that names its columns; formulas by their last result.
 * @throws AppError file_type_mismatch, file_bomb, file_encrypted, file_corrupt
 */
export async function parseXlsx(bytes: Uint8Array, name: string): Promise<ParsedDocument> {
  const file = await openOffice(bytes, name, 'xlsx');
  const links = await relationshipsOf(file, file.main);
  const linked = async (type: string): Promise<string | null> => {
    const link = links.find((candidate) => candidate.type.endsWith(`/${type}`));
    return link ? file.read(link.target) : null;
  };
  const { sheets, from1904 } = await readWorkbook(file);
  const strings = readSharedStrings(await linked('sharedStrings'));
  const formats = readCellFormats(await linked('styles'));
  const blocks: Block[] = [];
  for (const sheet of sheets) {
    const path = links.find((link) => link.id === sheet.id)?.target;
    const xml = path === undefined ? null : await file.read(path);
    if (xml === null) continue;
    const records = recordBlocks(readSheet(xml, { strings, formats, from1904 }));
    if (records.length > 0) blocks.push({ kind: 'heading', text: sheet.name, level: 1, page: null }, ...records);
  }
  return { title: await titleOf(file), pages: null, blocks };
}

async function readWorkbook(
  file: OfficePackage,
): Promise<{ sheets: { name: string; id: string }[]; from1904: boolean }> {
  const xml = await file.read(file.main);
  if (xml === null) throw refusals.corrupt();
  const sheets: { name: string; id: string }[] = [];
  let from1904 = false;
  readXml(xml, {
    open(name, attribute) {
      if (name === 'sheet') sheets.push({ name: attribute('name') ?? '', id: attribute('r:id') ?? '' });
      if (name === 'workbookPr') from1904 = /^(?:1|true)$/.test(attribute('date1904') ?? '');
    },
  });
  return { sheets, from1904 };
}
