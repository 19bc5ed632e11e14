import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import PDFDocument from 'pdfkit';

/** The files of the PDF benchmark, in the order they are shown. */
export const PDF_BENCH_FILES = ['plain', 'two-columns', 'tables', 'forms'] as const;
export type PdfBenchFile = (typeof PDF_BENCH_FILES)[number];

/** Enough that starting a program is a small part of reading a file. */
export const PAGES = 120;
const VERSION = 1;

type Pdf = InstanceType<typeof PDFDocument>;

/** The path of a benchmark file; written on first use, the same bytes on every machine, kept in the temporary folder. */
export async function pdfBenchFile(name: PdfBenchFile): Promise<string> {
  const folder = path.join(os.tmpdir(), `gatehouse-bench-pdf-${VERSION}`);
  const file = path.join(folder, `${name}.pdf`);
  if (await stat(file).catch(() => null)) return file;
  await mkdir(folder, { recursive: true });
  const pdf = new PDFDocument({
    size: 'A4',
    margin: 60,
    info: { Title: `Benchmark ${name}`, CreationDate: new Date(0), ModDate: new Date(0) },
  });
  const output = createWriteStream(`${file}.${process.pid}`);
  pdf.pipe(output);
  const words = wordSource();
  for (let page = 1; page <= PAGES; page++) {
    if (page > 1) pdf.addPage();
    pdf
      .font('Helvetica-Bold')
      .fontSize(15)
      .text(`${page} ${words(4)}`)
      .moveDown(0.5);
    pdf.font('Times-Roman').fontSize(10.5);
    DRAW[name](pdf, words);
  }
  pdf.end();
  await finished(output);
  await rename(`${file}.${process.pid}`, file);
  return file;
}

const DRAW: Readonly<Record<PdfBenchFile, (pdf: Pdf, words: (count: number) => string) => void>> = {
  plain: (pdf, words) => {
    for (let paragraph = 0; paragraph < 7; paragraph++) pdf.text(`${words(75)}.`, { align: 'justify' }).moveDown(0.6);
  },
  'two-columns': (pdf, words) => {
    pdf.text(`${words(540)}.`, { columns: 2, columnGap: 22, height: 620, align: 'justify' });
  },
  tables: (pdf, words) => {
    const rows = Array.from({ length: 30 }, (_, row) => [
      `P-${row}`,
      words(2),
      String((row * 37) % 101),
      'mg/L',
      words(2),
    ]);
    pdf.table({
      columnStyles: [50, '*', 60, 50, '*'],
      data: [['Code', 'Parameter', 'Limit', 'Unit', 'Method'], ...rows],
    });
  },
  forms: (pdf, words) => {
    for (let line = 0; line < 26; line++) {
      const y = 110 + line * 25;
      pdf.text(`${words(2)}:`, 60, y, { lineBreak: false });
      pdf.text(words(4), 190, y, { lineBreak: false });
      pdf.text(`${words(1)}:`, 380, y, { lineBreak: false });
      pdf.text(String(line * 991), 460, y, { lineBreak: false });
      pdf.rect(186, y - 4, 180, 18).stroke();
    }
  },
};

const VOCABULARY =
  'batch record reactor quality assurance release market deviation report closed within thirty days unless extended by responsible head of manufacturing sampling endotoxin conductivity the and is to a in for was reviewed before operator signature calibration'.split(
    ' ',
  );

/** Words by a fixed pseudo-random sequence. */
function wordSource(): (count: number) => string {
  let state = 42;
  return (count) => {
    const chosen: string[] = [];
    for (let index = 0; index < count; index++) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      chosen.push(VOCABULARY[Math.floor((state / 2_147_483_648) * VOCABULARY.length)] ?? '');
    }
    return chosen.join(' ');
  };
}
