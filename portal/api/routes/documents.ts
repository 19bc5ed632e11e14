import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { demand, type KnowledgeAction } from '../../../core/access/decide.ts';
import { scopeOf } from '../../../core/access/scopes.ts';
import type { AccessScope } from '../../../core/access/scope.ts';
import type { Context } from '../../../core/context.ts';
import { deleteDocument } from '../../../core/knowledge/deletion.ts';
import {
  documentStatus,
  handOutFile,
  listDocuments,
  retryDocument,
  type DocumentStatus,
} from '../../../core/knowledge/documents.ts';
import { acceptUpload } from '../../../core/knowledge/uploads.ts';
import * as contract from '../../contract/documents.ts';
import { actorOf, surfaceOf, type Caller } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { shownDocument, watchKnowledgeBase } from '../progress.ts';
import { correlationIdOf } from '../problems.ts';
import { route, SENT } from '../route.ts';
import { readFiles } from '../uploads.ts';

/** A document that the caller may see, and on whose knowledge base they may do this. */
async function documentFor(
  ctx: Context,
  caller: Caller,
  id: string,
  action: KnowledgeAction,
): Promise<{ scope: AccessScope; document: DocumentStatus }> {
  const scope = await scopeOf(ctx, caller.person.id);
  const document = await documentStatus(ctx, scope, id);
  await demand(ctx, caller.person.id, action, { kind: 'knowledge_base', id: document.knowledgeBaseId });
  return { scope, document };
}

/** Documents: upload, progress, their file, and their end. */
export const documentRoutes = [
  route(contract.uploadDocuments, async ({ ctx, caller, params, request, response }) => {
    const { id: knowledgeBaseId } = params;
    await demand(ctx, caller.person.id, 'knowledge.contribute', { kind: 'knowledge_base', id: knowledgeBaseId });
    const { accepted, refused } = await readFiles(
      request,
      (file) => acceptUpload(ctx, { knowledgeBaseId, personId: caller.person.id, surface: surfaceOf(caller), ...file }),
      (error) => ctx.log.error({ error, knowledgeBaseId, correlationId: correlationIdOf(response) }, 'upload_failed'),
    );
    return {
      documents: accepted.map(({ id, name, version, stage }) => ({
        id,
        name,
        version,
        stage: stage as contract.Stage,
      })),
      refused,
    };
  }),

  route(contract.listDocuments, async ({ ctx, caller, params, query, request, response }) => {
    const scope = await scopeOf(ctx, caller.person.id);
    const { cursor, limit } = query;
    const found = await listDocuments(ctx, scope, params.id, { after: namePosition(cursor), limit: limit + 1 });
    const list = pageOf(found, limit, byName, shownDocument);
    // Whoever asks again and again is told in a few bytes that nothing changed.
    const tag = `"${createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 22)}"`;
    response.set('ETag', tag);
    if (request.get('if-none-match') !== tag) return list;
    response.status(304).end();
    return SENT;
  }),

  route(contract.watchDocuments, async ({ ctx, caller, params, request, response }) => {
    await watchKnowledgeBase(ctx, { knowledgeBaseId: params.id, personId: caller.person.id }, request, response);
    return SENT;
  }),

  route(contract.getDocument, async ({ ctx, caller, params }) =>
    shownDocument(await documentStatus(ctx, await scopeOf(ctx, caller.person.id), params.id)),
  ),

  route(contract.deleteDocument, async ({ ctx, caller, params }) => {
    const { scope } = await documentFor(ctx, caller, params.id, 'knowledge.manage');
    await deleteDocument(ctx, scope, params.id, actorOf(caller));
  }),

  route(contract.retryDocument, async ({ ctx, caller, params }) => {
    const { scope } = await documentFor(ctx, caller, params.id, 'knowledge.contribute');
    return shownDocument(await retryDocument(ctx, scope, params.id));
  }),

  route(contract.downloadDocument, async ({ ctx, caller, params, response }) => {
    const scope = await scopeOf(ctx, caller.person.id);
    const file = await handOutFile(ctx, scope, params.id, surfaceOf(caller));
    // The file is somebody's upload: it is never shown on our own origin, whatever it says it is.
    response.attachment(file.name).set({
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.bytes),
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'Cache-Control': 'no-store',
    });
    await pipeline(file.content, response);
    return SENT;
  }),
];
