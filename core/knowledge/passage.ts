import type { AccessScope } from '../access/scope.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { DocumentId } from '../ids.ts';
import { neighboursOf, passageById, passagesOnPage, type PlacedRow } from './passage.sql.ts';

/** A line of text on a page, points from the top left corner. */
export type Rect = Readonly<{ page: number; left: number; top: number; right: number; bottom: number }>;

export type PlacedPassage = Readonly<{
  id: string;
  ordinal: number;
  page: number | null;
  pageEnd: number | null;
  heading: string | null;
  text: string;
  /** Empty where the format has no positions. */
  rects: readonly Rect[];
}>;

/** A passage with what stands around it. `superseded`: it is of a version that does not answer any more. */
export type OpenedPassage = PlacedPassage &
  Readonly<{
    document: { id: DocumentId; name: string; version: number; pages: number | null; format: string };
    knowledgeBase: { id: string; name: string };
    superseded: boolean;
    before: readonly PlacedPassage[];
    after: readonly PlacedPassage[];
    url: string;
  }>;

const NEIGHBOURS = 2;

/** The address that opens exactly this passage in the portal, where access is checked again. */
export const passageUrl = (config: Pick<Context['config'], 'PUBLIC_URL'>, passageId: string): string =>
  `${config.PUBLIC_URL}/passages/${passageId}`;

/**
 * A passage that an answer cited, of the live version or of one that was live then, with two before and after it.
 * @throws AppError 'not_found', also for one outside the scope, or of a deleted document
 */
export async function openPassage(
  ctx: Pick<Context, 'pool' | 'config'>,
  scope: AccessScope,
  id: string,
): Promise<OpenedPassage> {
  const found = await passageById(ctx.pool, scope.knowledgeBaseIds, id);
  if (!found) throw notFound('passage');
  const around = await neighboursOf(ctx.pool, found, NEIGHBOURS);
  return {
    ...placed(found),
    document: {
      id: found.documentId,
      name: found.fileName,
      version: found.version,
      pages: found.pages,
      format: found.format,
    },
    knowledgeBase: { id: found.knowledgeBaseId, name: found.knowledgeBaseName },
    superseded: found.superseded,
    before: around.filter((each) => each.ordinal < found.ordinal).map(placed),
    after: around.filter((each) => each.ordinal > found.ordinal).map(placed),
    url: passageUrl(ctx.config, id),
  };
}

/** The passages on a page of a document's live version, in order. @throws AppError 'not_found' where there is no such page */
export async function openPage(
  ctx: Pick<Context, 'pool'>,
  scope: AccessScope,
  documentId: DocumentId,
  page: number,
): Promise<{ page: number; pages: number | null; passages: PlacedPassage[] }> {
  const found = await passagesOnPage(ctx.pool, scope.knowledgeBaseIds, documentId, page);
  if (!found) throw notFound('page');
  return { page, pages: found.pages, passages: found.passages.map(placed) };
}

function placed(row: PlacedRow): PlacedPassage {
  return {
    id: row.id,
    ordinal: row.ordinal,
    page: row.page,
    pageEnd: row.pageEnd,
    heading: row.heading,
    text: row.text,
    rects: (row.rects ?? []).map(([page, left, top, right, bottom]) => ({ page, left, top, right, bottom })),
  };
}
