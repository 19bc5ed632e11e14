import { buildIndex } from '../knowledge/build-index.ts';
import { deleteDocumentFiles } from '../knowledge/deletion.ts';
import { ingestVersion } from '../knowledge/ingest.ts';
import { dropKnowledgeBase } from '../knowledge/knowledge-bases.ts';
import type { AnyJob } from './job.ts';

/** Every job of the product: each has its queue before anything is accepted. */
export const JOBS: readonly AnyJob[] = [ingestVersion, deleteDocumentFiles, dropKnowledgeBase, buildIndex];
