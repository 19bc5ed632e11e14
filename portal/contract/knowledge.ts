import { z } from 'zod';
import { call } from './call.ts';
import { id, instant, listOf, named, page } from './shapes.ts';

const byId = z.object({ id });

/** use: ask and read. contribute: also upload. manage: also delete, change settings, grant. */
export const LEVELS = ['use', 'contribute', 'manage'] as const;
export const level = z.enum(LEVELS);
export type Level = z.infer<typeof level>;

export const STAGES = ['queued', 'extracting', 'chunking', 'embedding', 'indexing', 'ready', 'failed'] as const;
export const stage = z.enum(STAGES);
export type Stage = z.infer<typeof stage>;

export const answerPolicy = z.enum(['sources_only', 'may_add_general']);

/** A person or group, by name, that owns or may use something. */
export const owner = z.object({ kind: z.enum(['person', 'group']), id, name: z.string() });

export const knowledgeBase = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    owner: owner.nullable(),
    /** What the caller may do there. */
    level,
    answerPolicy,
    /** Plain text, shown with every answer that cites it. */
    notice: z.string(),
    discoverable: z.boolean(),
    documentCount: z.int(),
    unfinishedCount: z.int(),
    failedCount: z.int(),
    passageCount: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'KnowledgeBase' });
export type KnowledgeBase = z.infer<typeof knowledgeBase>;

const settings = {
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2000),
  answerPolicy,
  notice: z.string().trim().max(2000),
  discoverable: z.boolean(),
};

export const listKnowledgeBases = call({
  method: 'GET',
  path: '/knowledge-bases',
  summary: 'The knowledge bases that I may read',
  topic: 'Knowledge',
  access: 'knowledge',
  repeats: true,
  status: 200,
  answers: listOf(knowledgeBase),
});

export const createKnowledgeBase = call({
  method: 'POST',
  path: '/knowledge-bases',
  summary: 'Make a knowledge base; its maker owns it, or a group that they manage',
  topic: 'Knowledge',
  access: 'knowledge',
  body: z.object({
    name: settings.name,
    description: settings.description.default(''),
    ownerGroupId: id.optional(),
  }),
  status: 201,
  answers: knowledgeBase,
});

export const getKnowledgeBase = call({
  method: 'GET',
  path: '/knowledge-bases/{id}',
  summary: 'One knowledge base',
  topic: 'Knowledge',
  access: 'knowledge',
  repeats: true,
  params: byId,
  status: 200,
  answers: knowledgeBase,
});

export const updateKnowledgeBase = call({
  method: 'PATCH',
  path: '/knowledge-bases/{id}',
  summary: 'Change name and settings',
  topic: 'Knowledge',
  access: 'knowledge',
  params: byId,
  body: z.object(settings).partial(),
  status: 200,
  answers: knowledgeBase,
});

export const deleteKnowledgeBase = call({
  method: 'DELETE',
  path: '/knowledge-bases/{id}',
  summary: 'Delete a knowledge base with all its documents',
  topic: 'Knowledge',
  access: 'knowledge',
  params: byId,
  status: 204,
  answers: null,
});

/** A document as its latest version stands. `progress`: 0 to 1, of its stages together. */
export const document = z
  .object({
    id,
    name: z.string(),
    knowledgeBaseId: id,
    version: z.int().min(1),
    versionId: id,
    stage,
    progress: z.number().min(0).max(1),
    pages: z.int().nullable(),
    passages: z.int().nullable(),
    format: z.string(),
    bytes: z.int(),
    createdAt: instant,
    /** Why it failed, and what its owner can do. */
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    /** The version that answers now, where that is another one than the latest. */
    liveVersion: z.int().nullable(),
  })
  .meta({ id: 'Document' });
export type Document = z.infer<typeof document>;

export const listDocuments = call({
  method: 'GET',
  path: '/knowledge-bases/{id}/documents',
  summary: 'The documents of a knowledge base, by name; sends and honours an ETag',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  query: page,
  status: 200,
  answers: listOf(document),
});

/** An accepted file: what is told at once, before anything was read out of it. */
export const acceptedDocument = z.object({ id, name: z.string(), version: z.int(), stage });
export const refusedFile = z.object({ name: z.string(), code: z.string(), message: z.string() });

export const uploadDocuments = call({
  method: 'POST',
  path: '/knowledge-bases/{id}/documents',
  summary: 'Upload files (field `file`, many); a file of a known name becomes its next version',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  status: 202,
  sends: 'multipart',
  answers: z
    .object({ documents: z.array(acceptedDocument), refused: z.array(refusedFile) })
    .meta({ id: 'UploadResult' }),
});
export type UploadResult = z.infer<(typeof uploadDocuments)['answers']>;

export const progressEvent = z
  .discriminatedUnion('type', [
    /** Documents that changed since the last event; the first event holds all that are unfinished. */
    z.object({ type: z.literal('documents'), documents: z.array(document) }),
    z.object({ type: z.literal('deleted'), documentIds: z.array(id) }),
    z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  ])
  .meta({ id: 'ProgressEvent' });
export type ProgressEvent = z.infer<typeof progressEvent>;

export const watchDocuments = call({
  method: 'GET',
  path: '/knowledge-bases/{id}/progress',
  summary: 'Documents as they move through their stages, as server-sent events',
  topic: 'Documents',
  access: 'knowledge',
  repeats: true,
  params: byId,
  status: 200,
  answers: null,
  streams: 'events',
  event: progressEvent,
});

export const getDocument = call({
  method: 'GET',
  path: '/documents/{id}',
  summary: 'One document and how far it is',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  status: 200,
  answers: document,
});

export const deleteDocument = call({
  method: 'DELETE',
  path: '/documents/{id}',
  summary: 'Delete a document: its text leaves every answer at once',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  status: 204,
  answers: null,
});

export const retryDocument = call({
  method: 'POST',
  path: '/documents/{id}/retry',
  summary: 'Try the latest version of a document again',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  status: 202,
  answers: document,
});

export const downloadDocument = call({
  method: 'GET',
  path: '/documents/{id}/file',
  summary: 'The original file of the version that answers now',
  topic: 'Documents',
  access: 'knowledge',
  params: byId,
  status: 200,
  answers: null,
  streams: 'file',
});

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
