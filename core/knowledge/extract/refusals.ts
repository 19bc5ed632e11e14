import { AppError } from '../../errors.ts';

/** 100 MB, the largest file that is taken. */
export const MAX_FILE_BYTES = 100_000_000;

/** Why a file is refused, each in words that tell its owner what to do. None of them names what stands in the file. */
export const refusals = {
  empty: () =>
    new AppError('file_empty', 'The file is empty (0 bytes). Check that it was saved completely and upload it again.'),
  tooLarge: (bytes: number) =>
    new AppError(
      'file_too_large',
      `The file is ${(bytes / 1_000_000).toFixed(1)} MB, more than the 100 MB that fit. Split it into parts, or make its pictures smaller.`,
    ),
  unknownType: (what: string) =>
    new AppError(
      'file_type_unknown',
      `${what} cannot be read. Upload a PDF, DOCX, PPTX, XLSX, CSV, HTML, Markdown or TXT file.`,
    ),
  oldOffice: (extension: string, modern: string) =>
    new AppError(
      'file_type_unknown',
      `The old .${extension} format cannot be read. Open the file and save it as .${modern}, then upload that.`,
    ),
  mismatch: (extension: string, found: string) =>
    new AppError(
      'file_type_mismatch',
      `The name ends in .${extension}, but the content is ${found}. Give the file the ending that fits, or export it again.`,
    ),
  encrypted: () =>
    new AppError(
      'file_encrypted',
      'The file is protected by a password. Save a copy without the password and upload that.',
    ),
  corrupt: (cause?: unknown) =>
    new AppError(
      'file_corrupt',
      'The file is damaged or was cut off. Open it to see whether it is complete, save it again and upload that.',
      { cause },
    ),
  bomb: () =>
    new AppError(
      'file_bomb',
      'The file unpacks to far more than its size allows, as harmful files do. Save it anew from its program, or split it.',
    ),
  noText: () =>
    new AppError(
      'file_no_text',
      'No text was found in the file. If it is a scan, run text recognition (OCR) on it and upload the result.',
    ),
  timeout: (milliseconds: number) =>
    new AppError(
      'file_timeout',
      `Reading the file took longer than ${Math.max(1, Math.round(milliseconds / 1000))} s and was stopped. Split it into smaller files.`,
    ),
  memory: () =>
    new AppError(
      'file_memory',
      'Reading the file needed more memory than allowed and was stopped. Split it into smaller files.',
    ),
} as const;
