import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parsePdf } from '../../core/knowledge/extract/pdf.ts';
import { PAGES, PDF_BENCH_FILES, pdfBenchFile } from './pdf-files.ts';

const run = promisify(execFile);
const WARM_UP_ROUNDS = 4;
const ROUNDS = 7;

export type PdfBench = {
  figures: Record<string, number>;
  reference: Record<string, number>;
  ratios: Record<string, number>;
};

/**
 * PDF text with positions on one core beside `pdftotext -bbox`, on four listed files of 120 pages.
 *
 * Ours is the whole parser, layout included, in this process after warming up: an extraction process reads up to 50
 * files. pdftotext is started for each file as it always is; with 120 pages its start is a few per cent of its time.
 * Rounds alternate between the two, the median counts. Ours is charged with the processor time of all its threads
 * where that is more than the clock shows, so that a second core helps nothing. `words…`: the share of pdftotext's
 * words that ours found too. Ratios: pdftotext's time by ours; `pdf` is their geometric mean.
 * @throws where `pdftotext` (poppler-utils) is not installed
 */
export async function benchPdf(): Promise<PdfBench> {
  const result: PdfBench = { figures: {}, reference: {}, ratios: {} };
  for (const name of PDF_BENCH_FILES) {
    const file = await pdfBenchFile(name);
    const bytes = await readFile(file);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await parsePdf(bytes);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await ownTime(bytes));
      theirs.push(await pdftotextTime(file));
    }
    const [oursMs, theirsMs] = [median(ours), median(theirs)];
    result.figures[`${name}Ms`] = rounded(oursMs);
    result.figures[`${name}PagesPerSecond`] = Math.round((PAGES / oursMs) * 1_000);
    result.figures[`${name}Words`] = rounded(await sharedWords(file, bytes));
    result.reference[`${name}Ms`] = rounded(theirsMs);
    result.ratios[name] = rounded(theirsMs / oursMs);
  }
  const ratios = Object.values(result.ratios);
  result.ratios['pdf'] = rounded(Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length));
  return result;
}

async function ownTime(bytes: Uint8Array): Promise<number> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await parsePdf(bytes);
  const clock = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return Math.max(clock, (user + system) / 1_000);
}

async function pdftotextTime(file: string): Promise<number> {
  const start = performance.now();
  await run('pdftotext', ['-bbox', file, '/dev/null']);
  return performance.now() - start;
}

async function sharedWords(file: string, bytes: Uint8Array): Promise<number> {
  const { stdout } = await run('pdftotext', [file, '-'], { maxBuffer: 100_000_000 });
  const found = new Map<string, number>();
  for (const block of (await parsePdf(bytes)).blocks)
    for (const word of wordsOf(block.text)) found.set(word, (found.get(word) ?? 0) + 1);
  const expected = wordsOf(stdout);
  let shared = 0;
  for (const word of expected) {
    const left = found.get(word) ?? 0;
    if (left > 0) shared += 1;
    found.set(word, left - 1);
  }
  return shared / expected.length;
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
