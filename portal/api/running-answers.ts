import type { Context } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import type { MessageId, PersonId } from '../../core/ids.ts';

/** Why an answer is aborted: by its asker, who said so or went away. */
export const stopped = (): AppError => new AppError('stopped', 'Stopped');

const channelOf = (messageId: MessageId): string => `stop:${messageId}`;

/** Aborts `controller` when its asker stops this answer, on whichever node they say so. Gives the function that ends it. */
export const stoppable = (
  ctx: Pick<Context, 'live'>,
  messageId: MessageId,
  asker: PersonId,
  controller: AbortController,
): (() => void) =>
  ctx.live.subscribe(channelOf(messageId), (personId) => {
    if (personId === asker) controller.abort(stopped());
  });

/** Stops an answer that is being written for this person; of another one nothing happens. */
export const stopAnswer = (ctx: Pick<Context, 'live'>, messageId: MessageId, personId: PersonId): void =>
  ctx.live.publish(channelOf(messageId), personId);

/** Ends an answer with a sentence when this process stops. Gives the function that ends the waiting for it. */
export function endingWithProgram({ stopping }: Pick<Context, 'stopping'>, controller: AbortController): () => void {
  const end = () =>
    controller.abort(
      new AppError('stopping', 'Gatehouse is being stopped or restarted. Ask again when it is there again'),
    );
  if (stopping.aborted) end();
  stopping.addEventListener('abort', end, { once: true });
  return () => stopping.removeEventListener('abort', end);
}
