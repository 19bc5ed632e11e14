import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, named } from './shapes.ts';

/** Where a line of text stands on a page: points from the top left corner. */
export const rect = z.object({
  page: z.int(),
  left: z.number(),
  top: z.number(),
  right: z.number(),
  bottom: z.number(),
});

/** A passage as the viewer draws it. `rects`: empty where the format has no positions. */
export const placedPassage = z.object({
  id,
  ordinal: z.int(),
  page: z.int().nullable(),
  pageEnd: z.int().nullable(),
  heading: z.string().nullable(),
  text: z.string(),
  rects: z.array(rect),
});

export const passage = placedPassage
  .extend({
    document: z.object({ id, name: z.string(), version: z.int(), pages: z.int().nullable(), format: z.string() }),
    knowledgeBase: named,
    /** Of a version that does not answer any more. */
    superseded: z.boolean(),
    /** The passages around it, in the order of the document. */
    before: z.array(placedPassage),
    after: z.array(placedPassage),
    url: z.string(),
  })
  .meta({ id: 'Passage' });
export type Passage = z.infer<typeof passage>;

export const getPassage = call({
  method: 'GET',
  path: '/passages/{id}',
  summary: 'One passage with its surroundings',
  topic: 'Documents',
  access: 'search',
  params: byId,
  status: 200,
  answers: passage,
});

export const getDocumentPage = call({
  method: 'GET',
  path: '/documents/{id}/pages/{page}',
  summary: 'The passages of one page of a document, with their places on it',
  topic: 'Documents',
  access: 'search',
  params: z.object({ id, page: z.coerce.number().int().min(1).max(100_000) }),
  status: 200,
  answers: z.object({ page: z.int(), pages: z.int().nullable(), passages: z.array(placedPassage) }),
});
