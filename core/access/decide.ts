import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Action, Resource } from './actions.ts';
import { isCause, weigh, type Reason } from './weigh.ts';

export type { Action, KnowledgeAction, Resource } from './actions.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

export type Decision = { allowed: true; because: readonly Reason[] } | { allowed: false; because: readonly Reason[] };

/** May this person do this, and why. The one place that says so; unknown people, actions and resources are denied. */
export async function decide(ctx: Needs, person: PersonId, action: Action, resource?: Resource): Promise<Decision> {
  const { allowed, decided } = await weigh(ctx, person, action, resource);
  return { allowed, because: decided };
}

/**
 * Goes on only if the person may. What they may not even see answers as what does not exist.
 * @throws AppError 'not_found' where it may not be seen, 'forbidden' where it may, but not this.
 */
export async function demand(ctx: Needs, person: PersonId, action: Action, resource?: Resource): Promise<void> {
  const decision = await decide(ctx, person, action, resource);
  if (decision.allowed) return;
  if (resource?.kind === 'knowledge_base' && !decision.because.some((reason) => isCause(reason.code)))
    throw notFound('knowledge base');
  if (resource?.kind === 'group') throw notFound('group');
  throw new AppError('forbidden', `You may not do this: ${decision.because.map((reason) => reason.text).join('; ')}`);
}
