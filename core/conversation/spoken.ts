import type { Context } from '../context.ts';
import { asAppError } from '../errors.ts';
import type { AnswerEvent } from './events.ts';

/** The events of an answer for a chat, which has no status to answer with: what is thrown before the first becomes `failed`, too. */
export async function* spoken(
  ctx: Pick<Context, 'log'>,
  surface: 'slack' | 'teams',
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<AnswerEvent> {
  try {
    yield* events;
  } catch (error) {
    const { code, message } = asAppError(error);
    if (code === 'internal') ctx.log.error({ error, surface }, 'answer_failed');
    yield { type: 'failed', code, message };
  }
}
