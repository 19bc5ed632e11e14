import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { admissionOf, type ReadableKnowledgeBase, type UsableModel } from './admission.sql.ts';
import { decide } from './decide.ts';
import { judge } from './judge.ts';
import { mintScope, narrowScope, type AccessScope, type Place } from './scope.ts';
import { commonTo } from './scopes.ts';

export type Admitted = Readonly<{
  shared: AccessScope;
  personal: AccessScope;
  /** Those of `personal`, by id. */
  knowledgeBases: ReadonlyMap<KnowledgeBaseId, ReadableKnowledgeBase>;
  /** The chat models they may use, the default first. */
  chatModels: readonly UsableModel[];
}>;

/**
 * Lets a person ask in a place. `shared`: what everyone there may read, and never more than the person's own; `personal`:
 * the person's own. In a private place the two are one, and it takes one round trip.
 * @throws AppError 'forbidden' with the reason, when the person may not ask at all.
 */
export async function admit(ctx: Pick<Context, 'pool' | 'clock'>, person: PersonId, place: Place): Promise<Admitted> {
  const at = ctx.clock.now();
  const [admission, common] = await Promise.all([
    admissionOf(ctx.pool, person, at),
    place.kind === 'private' ? null : commonTo(ctx, person, place, at),
  ]);
  if (!admission || admission.status !== 'active') throw new AppError('forbidden', 'This account is not active');
  if (admission.role === 'pending')
    throw new AppError(
      'forbidden',
      'Your account waits for approval by an administrator. You can ask as soon as it is approved',
    );
  if (!judge('chat.use', admission.rules).allowed)
    throw new AppError('forbidden', 'You may not ask questions here. Ask your administrator');
  const personal = mintScope(
    person,
    admission.knowledgeBases.map((each) => each.id),
  );
  return {
    personal,
    shared: common === null ? personal : narrowScope(personal, common),
    knowledgeBases: new Map(admission.knowledgeBases.map((each) => [each.id, each])),
    chatModels: admission.chatModels,
  };
}

/** Lets a person set the parameters of the model for a question. @throws AppError 'forbidden'. */
export async function admitParameters(ctx: Pick<Context, 'pool' | 'clock'>, person: PersonId): Promise<void> {
  if (!(await decide(ctx, person, 'chat.controls')).allowed)
    throw new AppError(
      'forbidden',
      'You may not set the parameters of the model: leave them out, or ask your administrator',
    );
}
