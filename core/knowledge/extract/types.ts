/** A rectangle on a page in points: left, top, right, bottom, origin at the top left corner. */
export type Rect = readonly [left: number, top: number, right: number, bottom: number];

/**
 * One piece of a document in reading order.
 *
 * `level`: of a heading 1 (top) to 6; of a table row 0 where the row is the table's header, else absent.
 * `page`: page or slide number from 1, null where the format has none. `rects`: one a line of text, in reading order.
 */
export type Block = {
  kind: 'heading' | 'paragraph' | 'list-item' | 'table-row' | 'note' | 'code';
  text: string;
  level?: number;
  page: number | null;
  rects?: readonly Rect[];
};

/** What a parser gives. `language`: a guessed BCP 47 tag such as 'en', 'de' or 'ja', null where the text is too short. */
export type ExtractedDocument = {
  title: string | null;
  language: string | null;
  pages: number | null;
  blocks: readonly Block[];
};

export const DOCUMENT_FORMATS = ['pdf', 'docx', 'pptx', 'xlsx', 'csv', 'html', 'markdown', 'text'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** A parser's own part of the result; language and checks are added by `extractDocument`. */
export type ParsedDocument = Omit<ExtractedDocument, 'language'>;
