import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, listOf, page } from './shapes.ts';

export const STAGES = ['queued', 'extracting', 'chunking', 'embedding', 'indexing', 'ready', 'failed'] as const;
export const stage = z.enum(STAGES);
export type Stage = z.infer<typeof stage>;

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
