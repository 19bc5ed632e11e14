import type { Request, Response } from 'express';
import { scopeOf } from '../../core/access/scopes.ts';
import type { Context } from '../../core/context.ts';
import { AppError, notFound } from '../../core/errors.ts';
import { documentsOnTheWay, documentStatuses, type DocumentStatus } from '../../core/knowledge/documents.ts';
import type { Document, ProgressEvent } from '../contract/documents.ts';
import { callerStill } from './caller.ts';
import { openEvents } from './events.ts';

/** Changes are gathered for this long, so that a hundred files make few events. */
const GATHER_MS = 300;
/** How often it is looked anew: for messages that were lost, rights that were taken, sessions that ended. */
const LOOK_AGAIN_MS = 1_000;

export const shownDocument = (document: DocumentStatus): Document => ({
  ...document,
  createdAt: document.createdAt.toISOString(),
});

/**
 * Tells of the documents of a knowledge base as they change, until the other side goes or may not read it any more.
 * @throws AppError 'not_found' before the first event.
 */
export async function watchKnowledgeBase(
  ctx: Context,
  watched: { knowledgeBaseId: string; personId: string },
  request: Request,
  response: Response,
): Promise<void> {
  const { knowledgeBaseId, personId } = watched;
  const scopeNow = async () => {
    const scope = await scopeOf(ctx, personId);
    if (!scope.knowledgeBaseIds.includes(knowledgeBaseId)) throw notFound('knowledge base');
    return scope;
  };
  const scope = await scopeNow();
  const out = openEvents(request, response);
  const send = (event: ProgressEvent) => out.send(event);
  const over = AbortSignal.any([out.signal, ctx.stopping]);
  const changed = new Set(await documentsOnTheWay(ctx, scope, knowledgeBaseId));
  const unfinished = new Set(changed);
  const unsubscribe = ctx.live.subscribe(`knowledge:${knowledgeBaseId}`, (id) => void changed.add(id));

  const tell = async (always: boolean): Promise<void> => {
    if (changed.size === 0 && !always) return;
    const ids = [...changed];
    changed.clear();
    const scope = await scopeNow();
    const documents = await documentStatuses(ctx, scope, ids);
    for (const { id, stage } of documents)
      if (stage === 'ready' || stage === 'failed') unfinished.delete(id);
      else unfinished.add(id);
    if (documents.length > 0 || always) send({ type: 'documents', documents: documents.map(shownDocument) });
    const there = new Set(documents.map((document) => document.id));
    const gone = ids.filter((id) => !there.has(id));
    for (const id of gone) unfinished.delete(id);
    if (gone.length > 0) send({ type: 'deleted', documentIds: gone });
  };
  const lookAnew = async (): Promise<void> => {
    const now = await scopeNow();
    if ((await callerStill(ctx, request)) === null) throw notFound('session');
    for (const id of [...unfinished, ...(await documentsOnTheWay(ctx, now, knowledgeBaseId))]) changed.add(id);
  };

  try {
    await tell(true);
    for (let waited = 0; !over.aborted; waited += GATHER_MS) {
      await pause(GATHER_MS, over);
      if (over.aborted) break;
      if (waited >= LOOK_AGAIN_MS) {
        waited = 0;
        await lookAnew();
      }
      await tell(false);
    }
  } catch (error) {
    const ended = error instanceof AppError && error.code === 'not_found';
    if (!ended) ctx.log.warn({ error, knowledgeBaseId }, 'progress_ended');
    const code = ended ? 'access_changed' : 'internal';
    send({ type: 'failed', code, message: 'This list is not followed any more. Reload the page' });
  } finally {
    unsubscribe();
    out.end();
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
