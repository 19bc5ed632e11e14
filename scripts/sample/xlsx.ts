import ExcelJS from 'exceljs';
import { BUILT_AT, withFixedDates } from './same-zip.ts';
import type { Source } from './source.ts';

/** The document as a workbook: a heading of the second level is a sheet; numbers and ISO dates are real ones. */
export async function xlsxOf(source: Source): Promise<Uint8Array> {
  const workbook = new ExcelJS.Workbook();
  workbook.creator = 'Arvendale Pharmaceuticals';
  workbook.title = `${source.about.number} ${source.about.title}`;
  workbook.created = BUILT_AT;
  workbook.modified = BUILT_AT;
  let sheet: ExcelJS.Worksheet | undefined;
  for (const block of source.blocks) {
    if (block.kind === 'heading' && block.level === 1) continue;
    if (block.kind === 'heading') {
      sheet = workbook.addWorksheet(block.text);
      continue;
    }
    if (!sheet) throw new Error('a workbook begins with a heading of the second level, its first sheet');
    if (block.kind === 'paragraph') sheet.addRow([block.text]);
    else if (block.kind === 'table') {
      sheet.addRow(block.header).font = { bold: true };
      for (const row of block.rows) sheet.addRow(row.map(cell)).eachCell(showDate);
      block.header.forEach((text, at) => {
        const longest = Math.max(text.length, ...block.rows.map((row) => row[at]?.length ?? 0));
        if (sheet) sheet.getColumn(at + 1).width = Math.min(60, longest + 2);
      });
    } else throw new Error(`a sheet has no ${block.kind}`);
  }
  return withFixedDates(new Uint8Array(await workbook.xlsx.writeBuffer()));
}

function cell(text: string): string | number | Date {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return new Date(`${text}T00:00:00Z`);
  // A number with leading zeros is a code, not a number.
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
}

function showDate(cell: ExcelJS.Cell): void {
  if (cell.value instanceof Date) cell.numFmt = 'yyyy-mm-dd';
}
