import { countZeros } from './encoding.ts';
import { MAX_FILE_BYTES, refusals } from './refusals.ts';
import type { DocumentFormat } from './types.ts';

const FORMAT_OF_EXTENSION: Readonly<Record<string, DocumentFormat>> = {
  pdf: 'pdf',
  docx: 'docx',
  docm: 'docx',
  pptx: 'pptx',
  pptm: 'pptx',
  xlsx: 'xlsx',
  xlsm: 'xlsx',
  csv: 'csv',
  tsv: 'csv',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  txt: 'text',
  text: 'text',
};

const MODERN_OFFICE: Readonly<Record<string, string>> = {
  doc: 'docx',
  ppt: 'pptx',
  xls: 'xlsx',
  rtf: 'docx',
  odt: 'docx',
};

type Content = 'pdf' | 'zip' | 'ole' | 'html' | 'text' | 'binary' | 'picture' | 'program' | 'archive';

const IN_WORDS: Readonly<Record<Content, string>> = {
  pdf: 'a PDF',
  zip: 'a ZIP archive or an Office document',
  ole: 'an old Office document',
  html: 'a web page',
  text: 'plain text',
  binary: 'not text',
  picture: 'a picture',
  program: 'a program',
  archive: 'a compressed archive',
};

const MAGIC: readonly (readonly [Content, string])[] = [
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['ole', 'd0cf11e0a1b11ae1'],
  ['picture', '89504e47'],
  ['picture', 'ffd8ff'],
  ['picture', '47494638'],
  ['picture', '49492a00'],
  ['picture', '4d4d002a'],
  ['program', '7f454c46'],
  ['program', '4d5a9000'],
  ['archive', '1f8b08'],
  ['archive', '377abcaf271c'],
  ['archive', '526172211a07'],
  ['archive', '28b52ffd'],
];

/**
 * The format of a file by its ending and by its first bytes, which have to agree.
 *
 * `bytes`: the whole file or its beginning (4 KB are enough); `size`: the whole file's size where only a beginning is
 * given. Which kind of Office document a ZIP is, its parser checks.
 * @throws AppError file_empty, file_too_large, file_type_unknown, file_type_mismatch, file_encrypted
 */
export function recogniseFormat(name: string, bytes: Uint8Array, size: number = bytes.length): DocumentFormat {
  if (size === 0) throw refusals.empty();
  if (size > MAX_FILE_BYTES) throw refusals.tooLarge(size);
  const extension = extensionOf(name);
  const modern = MODERN_OFFICE[extension];
  if (modern !== undefined) throw refusals.oldOffice(extension, modern);
  const content = contentOf(bytes);
  const format = FORMAT_OF_EXTENSION[extension];
  if (format === undefined) throw refusals.unknownType(unknownInWords(extension, content));
  if (isZipped(format) && content === 'ole' && holdsEncryptedPackage(bytes, size)) throw refusals.encrypted();
  if (!fits(format, content)) throw refusals.mismatch(extension, IN_WORDS[content]);
  return format;
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

function unknownInWords(extension: string, content: Content): string {
  if (extension === '') return 'A file whose name has no ending such as .pdf';
  if (content === 'picture') return 'A picture';
  return /^[a-z0-9]{1,8}$/.test(extension) ? `A .${extension} file` : 'A file with this ending';
}

const isZipped = (format: DocumentFormat): boolean => format === 'docx' || format === 'pptx' || format === 'xlsx';

function fits(format: DocumentFormat, content: Content): boolean {
  if (format === 'pdf') return content === 'pdf';
  if (isZipped(format)) return content === 'zip';
  return content === 'text' || content === 'html';
}

/** Word, PowerPoint and Excel wrap a protected document into an old container that holds a stream of this name. */
function holdsEncryptedPackage(bytes: Uint8Array, size: number): boolean {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('EncryptedPackage', 0, 'utf16le');
  return found || bytes.length < size;
}

function contentOf(bytes: Uint8Array): Content {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096));
  const start = head.toString('hex', 0, 8);
  for (const [content, magic] of MAGIC) if (start.startsWith(magic)) return content;
  // Readers accept a PDF whose mark stands anywhere in the first kilobyte.
  if (head.subarray(0, 1024).includes('%PDF-')) return 'pdf';
  if (!looksLikeText(head)) return 'binary';
  return /^\s*(?:<!--[\s\S]*?-->\s*)?<(?:!doctype html|html|head|body)\b/i.test(
    head.toString('latin1').replace(/^\xef\xbb\xbf/, ''),
  )
    ? 'html'
    : 'text';
}

function looksLikeText(head: Buffer): boolean {
  if (/^(?:fffe|feff|efbbbf)/.test(head.toString('hex', 0, 3))) return true;
  const { even, odd } = countZeros(head);
  // Text in UTF-16 without a mark has its zero bytes on one side only.
  if (even + odd > 0) return Math.min(even, odd) === 0 && even + odd > head.length / 8;
  return head.filter(isControl).length <= head.length / 50;
}

/** Control characters that texts do not hold: all but tab, line ends, page end and escape. */
const isControl = (byte: number): boolean => byte < 32 && ![9, 10, 12, 13, 27].includes(byte);
