import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { Context } from '../context.ts';
import type { IdentityId, PersonId } from '../ids.ts';
import { factsOfPerson, type FactsState } from './aging.sql.ts';
import { renew, type RenewalNeeds } from './renewal.ts';
import { expireFacts } from './expire-facts.ts';

type Needs = RenewalNeeds & Pick<Context, 'underway'>;

const LOOK_AGAIN_MS = 250;
/** How long somebody waits while another node asks their provider. */
const WAIT_MS = 10_000;

/**
 * Facts about a person have a maximum age. Lets them go on while theirs are younger, and renews in the background what is
 * half as old; renews at once what is too old, where it can be. `state` comes from the statement that read the person.
 * False: they have to sign in again.
 */
export async function factsHold(ctx: Needs, person: PersonId, state: FactsState): Promise<boolean> {
  if (!state.aged && state.expired.length === 0) {
    for (const identity of state.due) void renewHere(ctx, identity).catch(() => undefined);
    return true;
  }
  const { aged, expired } = await renewed(ctx, person, state);
  if (aged) return false;
  for (const identity of expired) await expireFacts(ctx, identity);
  return true;
}

/** Somebody as `read` finds them, once their facts hold; read again where these had to be renewed. 'aged': they have to sign in again. */
export async function whileFactsHold<Found extends { person: { id: PersonId }; facts: FactsState }>(
  ctx: Needs,
  read: () => Promise<Found | null>,
): Promise<Found | 'aged' | null> {
  const found = await read();
  if (found === null) return null;
  if (!(await factsHold(ctx, found.person.id, found.facts))) return 'aged';
  return found.facts.aged || found.facts.expired.length > 0 ? read() : found;
}

/** A refresh token is lost where the program ends between the provider's answer and our keeping it: a stop waits, and begins none. */
const renewHere = (ctx: Needs, identity: IdentityId) => ctx.underway.run(() => renew(ctx, identity));

/** The state after everything that can be renewed was, by this node or by another. */
async function renewed(ctx: Needs, person: PersonId, state: FactsState): Promise<FactsState> {
  const outcomes = await Promise.all(state.due.map((identity) => renewHere(ctx, identity)));
  let now = await factsOfPerson(ctx.pool, person, ctx.clock.now());
  // None is due any more once the other node was told something, or was refused.
  const pending = () => now.aged && now.due.length > 0;
  for (let waited = 0; outcomes.includes('busy') && pending() && waited < WAIT_MS; waited += LOOK_AGAIN_MS) {
    await wait(LOOK_AGAIN_MS);
    now = await factsOfPerson(ctx.pool, person, ctx.clock.now());
  }
  return now;
}

/** What somebody reads who has to sign in again. */
export const signInAgain = ({ config }: Pick<Context, 'config'>): AppError =>
  new AppError(
    'sign_in_again',
    `It is too long ago that your company's sign-in confirmed who you are. Sign in at ${config.PUBLIC_URL}/sign-in, then ask again`,
  );
