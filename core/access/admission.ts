import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { factsHold, signInAgain } from '../identity/aging.ts';
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

export type AdmissionNeeds = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log' | 'underway'>;

/**
 * Lets a person ask in a place. `shared`: what everyone there may read, and never more than the person's own; `personal`:
 * the person's own. In a private place the two are one, and it takes one round trip.
 * @throws AppError 'forbidden' with the reason, when the person may not ask at all; 'sign_in_again' when what their identity
 * provider told about them is too old and cannot be renewed without them.
 */
export async function admit(ctx: AdmissionNeeds, person: PersonId, place: Place): Promise<Admitted> {
  let { admission, common } = await readAdmission(ctx, person, place);
  if (admission?.status === 'active' && !(await factsHold(ctx, person, admission.facts))) throw signInAgain(ctx);
  // What was read before the facts were renewed may say too much.
  if (admission && (admission.facts.aged || admission.facts.expired.length > 0))
    ({ admission, common } = await readAdmission(ctx, person, place));
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

async function readAdmission(ctx: AdmissionNeeds, person: PersonId, place: Place) {
  const at = ctx.clock.now();
  const [admission, common] = await Promise.all([
    admissionOf(ctx.pool, person, at),
    place.kind === 'private' ? null : commonTo(ctx, person, place, at),
  ]);
  return { admission, common };
}

/** Lets a person set the parameters of the model for a question. @throws AppError 'forbidden'. */
export async function admitParameters(ctx: Pick<Context, 'pool' | 'clock'>, person: PersonId): Promise<void> {
  if (!(await decide(ctx, person, 'chat.controls')).allowed)
    throw new AppError(
      'forbidden',
      'You may not set the parameters of the model: leave them out, or ask your administrator',
    );
}
