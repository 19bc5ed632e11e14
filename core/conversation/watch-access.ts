import { admit } from '../access/admission.ts';
import type { AccessScope, Place } from '../access/scope.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { FoundPassage } from '../retrieval/search.ts';

const LOOK_AGAIN_MS = 1_000;

/**
 * Looks again every second whether the asker may still read what the running answer is drawn from.
 * `signal` is aborted with AppError 'access_changed' when not, and with 'stopped' when `stop` is; dispose of it at the end.
 */
export function watchAccess(
  ctx: Pick<Context, 'pool' | 'clock' | 'log'>,
  question: { asker: PersonId; place: Place },
  scope: AccessScope,
  passages: readonly FoundPassage[],
  stop?: AbortSignal,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const needed = [...new Set(passages.map((passage) => passage.knowledgeBaseId))].filter((id) => scope.knowledgeBaseIds.includes(id));
  const onStop = () => controller.abort(new AppError('stopped', 'Stopped'));
  if (stop?.aborted) onStop();
  stop?.addEventListener('abort', onStop, { once: true });

  const look = async () => {
    try {
      const { shared } = await admit(ctx, question.asker, question.place);
      if (needed.every((id) => shared.knowledgeBaseIds.includes(id))) return;
    } catch (error) {
      // A database that does not answer opens nothing: what was allowed a second ago goes on, and the next look decides.
      if (!(error instanceof AppError)) return;
    }
    controller.abort(new AppError('access_changed', 'Access has changed'));
  };
  const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearInterval(timer);
      stop?.removeEventListener('abort', onStop);
    },
  };
}
