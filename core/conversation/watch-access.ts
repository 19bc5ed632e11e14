import { admit, type AdmissionNeeds } from '../access/admission.ts';
import type { AccessScope, Place } from '../access/scope.ts';
import { AppError } from '../errors.ts';
import type { MessageId, PersonId } from '../ids.ts';
import type { FoundPassage } from '../retrieval/search.ts';

const LOOK_AGAIN_MS = 1_000;

/**
 * Looks again every second whether the asker may still read what the running answer is drawn from: `drawnFrom`
 * gives its passages, none until they are found, and the earlier answers that the model was given. `signal` is aborted with AppError 'access_changed' when not, and with what `stop` says when
 * that is aborted; dispose of it at the end. `stillAllowed` is asked before the passages are used: a search may have
 * waited for longer than the rights it began with are worth.
 */
export function watchAccess(
  ctx: AdmissionNeeds,
  question: { asker: PersonId; place: Place },
  scope: AccessScope,
  drawnFrom: () => { passages: readonly FoundPassage[]; remembered: readonly MessageId[] },
  stop?: AbortSignal,
): { signal: AbortSignal; stillAllowed(): Promise<void> } & Disposable {
  const controller = new AbortController();
  let lookedAt = performance.now();
  const hasPassages = () => drawnFrom().passages.length > 0;
  const needed = () => {
    const { passages, remembered } = drawnFrom();
    // What an earlier answer was drawn from may be anything that its asker could read when this one began.
    if (remembered.length > 0) return scope.knowledgeBaseIds;
    return [...new Set(passages.map((passage) => passage.knowledgeBaseId))].filter((id) =>
      scope.knowledgeBaseIds.includes(id),
    );
  };
  const onStop = () =>
    controller.abort(stop?.reason instanceof AppError ? stop.reason : new AppError('stopped', 'Stopped'));
  if (stop?.aborted) onStop();
  stop?.addEventListener('abort', onStop, { once: true });

  let looking: Promise<void> | null = null;
  const look = async () => {
    try {
      const { shared } = await admit(ctx, question.asker, question.place);
      lookedAt = performance.now();
      if (needed().every((id) => shared.knowledgeBaseIds.includes(id))) return;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
    controller.abort(new AppError('access_changed', 'Access has changed'));
  };
  // A database that does not answer opens nothing: what was allowed a second ago goes on, and the next look decides. One
  // look at a time, or those that wait would keep it from answering.
  const timer = setInterval(() => {
    if (!hasPassages()) return;
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = null));
  }, LOOK_AGAIN_MS);
  return {
    signal: controller.signal,
    async stillAllowed() {
      if (hasPassages() && performance.now() - lookedAt > LOOK_AGAIN_MS) await look();
      controller.signal.throwIfAborted();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      stop?.removeEventListener('abort', onStop);
    },
  };
}
