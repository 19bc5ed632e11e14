import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { init } from '@embedpdf/pdfium';

/**
 * PDFium's exported functions as they are: the package's own wrappers convert arguments at each call, which costs more
 * than the calls. Numbers and addresses only; `boolean` results are 0 or 1.
 */
type Call = (...numbers: number[]) => number;

const FUNCTIONS = [
  'malloc',
  'free',
  'FPDF_LoadMemDocument',
  'FPDF_CloseDocument',
  'FPDF_GetLastError',
  'FPDF_GetPageCount',
  'FPDF_GetMetaText',
  'FPDF_LoadPage',
  'FPDF_ClosePage',
  'FPDF_GetPageBoundingBox',
  'FPDFPage_GetRotation',
  'FPDFPage_GetAnnotCount',
  'FPDFPage_GetAnnot',
  'FPDFPage_CloseAnnot',
  'FPDFAnnot_GetSubtype',
  'FPDFAnnot_GetRect',
  'FPDFAnnot_GetStringValue',
  'FPDFText_LoadPage',
  'FPDFText_ClosePage',
  'FPDFText_CountChars',
  'FPDFText_GetText',
  'FPDFText_GetUnicode',
  'FPDFText_GetCharBox',
  'FPDFText_GetFontSize',
  'FPDFText_GetFontWeight',
  'FPDFText_GetFontInfo',
  'FPDFText_GetMatrix',
] as const;

export type Engine = Readonly<Record<(typeof FUNCTIONS)[number], Call>> & {
  /** The engine's memory; it may move at any call that allocates, so it is asked for anew each time. */
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  readonly doubles: () => Float64Array;
  readonly floats: () => Float32Array;
};

let loading: Promise<Engine> | null = null;

/** The PDF engine, loaded once in a process. */
export const engine = (): Promise<Engine> => (loading ??= load());

async function load(): Promise<Engine> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve('@embedpdf/pdfium/pdfium.wasm')));
  const { pdfium, PDFiumExt_Init } = await init({ wasmBinary: wasm as unknown as ArrayBuffer });
  PDFiumExt_Init();
  const module = pdfium as unknown as {
    wasmExports: Record<string, Call>;
    HEAPU8: Uint8Array<ArrayBuffer>;
    HEAPF64: Float64Array;
    HEAPF32: Float32Array;
  };
  const calls = Object.fromEntries(FUNCTIONS.map((name) => [name, module.wasmExports[name]]));
  return {
    ...(calls as Record<(typeof FUNCTIONS)[number], Call>),
    bytes: () => module.HEAPU8,
    doubles: () => module.HEAPF64,
    floats: () => module.HEAPF32,
  };
}

/** Text that a function of PDFium writes as UTF-16 into a buffer and answers with its size in bytes, end mark included. */
export function wideText(pdfium: Engine, write: (buffer: number, size: number) => number): string {
  const size = write(0, 0);
  if (size <= 2 || size > 65_536) return '';
  const buffer = pdfium.malloc(size);
  write(buffer, size);
  const text = Buffer.from(pdfium.bytes().buffer, buffer, size - 2).toString('utf16le');
  pdfium.free(buffer);
  return text;
}

/** `text` as a zero-terminated name in the engine's memory, which the caller frees. */
export function allocateName(pdfium: Engine, text: string): number {
  const bytes = Buffer.from(`${text}\0`, 'latin1');
  const address = pdfium.malloc(bytes.length);
  pdfium.bytes().set(bytes, address);
  return address;
}
