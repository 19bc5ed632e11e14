import type { Context } from '../../context.ts';
import { AppError, asAppError, notFound } from '../../errors.ts';
import type { PersonId, ProviderId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Role } from '../person.ts';
import { signOnWithin } from '../sign-on.ts';
import { ATTEMPT_LIFE_MS, type Attempt } from './attempts.ts';
import type { ProviderFacts } from './facts.ts';
import type { Provider } from './store.ts';
import { groupsThrough, keepResult, trialRow } from './trial.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'log'>;

/** One thing that is looked at, in the order in which a sign-in needs it. `technical`: codes and names, never a secret. */
export type TrialStep = Readonly<{
  step: string;
  outcome: 'passed' | 'warned' | 'failed';
  /** What is wrong, in the words that the pages know; null where nothing is. */
  problem: string | null;
  technical: string | null;
  /** How long it took, ms; null where nobody measured it. */
  tookMs: number | null;
}>;

export const passed = (step: string, technical: string | null = null): TrialStep => ({
  step,
  outcome: 'passed',
  problem: null,
  technical,
  tookMs: null,
});

export const warned = (step: string, problem: string, technical: string | null = null): TrialStep => ({
  step,
  outcome: 'warned',
  problem,
  technical,
  tookMs: null,
});

/** A step that failed with one of our errors. */
export function failed(step: string, thrown: unknown): TrialStep {
  const error = asAppError(thrown);
  const { reason, technical } = error.details;
  return {
    step,
    outcome: 'failed',
    problem: typeof reason === 'string' ? reason : error.code,
    technical: typeof technical === 'string' ? technical : null,
    tookMs: null,
  };
}

/** A claim or attribute that came, by its name: what it holds stays with the person. */
export type TrialClaim = Readonly<{
  name: string;
  from: 'id_token' | 'user_info' | 'assertion' | 'directory' | 'header';
  kind: 'text' | 'number' | 'boolean' | 'list' | 'object' | 'nothing';
  /** How many a list holds. */
  count: number | null;
}>;

/** What a trial sign-in brought, and what it would have come to. Nobody was signed in and nothing was changed. */
export type TrialResult = Readonly<{
  claims: readonly TrialClaim[];
  brings: { name: boolean; email: boolean; language: boolean; chat: boolean; refreshToken: boolean };
  groups: readonly { id: string; label: string }[] | 'missing' | 'not_asked' | 'kept';
  roles: readonly string[] | 'missing' | 'not_asked' | 'kept';
  /** null where it would have been refused. */
  becomes: {
    person: 'new' | 'known';
    role: Role;
    active: boolean;
    groups: readonly { id: string; name: string }[];
  } | null;
  refused: string | null;
}>;

/** The claims of one source by name and kind, deeper ones by their path. */
export function claimsByName(
  source: Readonly<Record<string, unknown>>,
  from: TrialClaim['from'],
  above = '',
): TrialClaim[] {
  return Object.entries(source)
    .slice(0, 200)
    .flatMap(([key, value]) => {
      const name = above + key;
      const kind = kindOf(value);
      const own: TrialClaim = { name, from, kind, count: Array.isArray(value) ? value.length : null };
      const inner = kind === 'object' && above.split('.').length < 4;
      return inner ? [own, ...claimsByName(value as Record<string, unknown>, from, `${name}.`)] : [own];
    });
}

function kindOf(value: unknown): TrialClaim['kind'] {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'object')
    return typeof value as 'object';
  return 'text';
}

/** Keeps what a trial brought for whoever began it. Nobody is signed in. */
export async function keepTrial(
  ctx: Needs,
  provider: Provider,
  attempt: Attempt,
  came: { facts: ProviderFacts; claims: readonly TrialClaim[] },
): Promise<void> {
  const result = await trialOf(ctx, provider, came.facts, came.claims);
  const until = new Date(ctx.clock.now().getTime() + ATTEMPT_LIFE_MS);
  await keepResult(ctx.pool, attempt.id, ctx.secrets.seal(JSON.stringify({ result }), attempt.id), until);
}

/** What a provider told, by name, and what a sign-in with it would come to. Nothing is kept and nothing changed. */
export async function trialOf(
  ctx: Needs,
  provider: Provider,
  facts: ProviderFacts,
  claims: readonly TrialClaim[],
): Promise<TrialResult> {
  return {
    claims,
    brings: {
      name: facts.name !== undefined,
      email: facts.email !== undefined,
      language: facts.language !== undefined,
      chat: facts.chat !== undefined,
      refreshToken: facts.refreshToken !== undefined,
    },
    groups:
      typeof facts.groups === 'string'
        ? facts.groups
        : facts.groups.map(({ id, label }) => ({ id, label: label ?? '' })),
    roles: typeof facts.roles === 'string' ? facts.roles : [...facts.roles],
    ...(await wouldCome(ctx, provider, facts)),
  };
}

const ROLLED_BACK = Symbol('rolled back');

/** What this sign-on would come to: done as it would be, and taken back. */
async function wouldCome(
  ctx: Needs,
  provider: Provider,
  facts: ProviderFacts,
): Promise<Pick<TrialResult, 'becomes' | 'refused'>> {
  let becomes: TrialResult['becomes'] = null;
  try {
    await withTransaction(ctx.pool, async (tx) => {
      const { person, created } = await signOnWithin(ctx, tx, provider, facts, { surface: 'portal' });
      const groups = await groupsThrough(tx, person.id, provider.id);
      becomes = { person: created ? 'new' : 'known', role: person.role, active: person.status === 'active', groups };
      throw ROLLED_BACK;
    });
  } catch (thrown) {
    if (thrown !== ROLLED_BACK) {
      if (!(thrown instanceof AppError)) throw thrown;
      const { reason } = thrown.details;
      return { becomes: null, refused: typeof reason === 'string' ? reason : thrown.code };
    }
  }
  return { becomes, refused: null };
}

/**
 * What came of a trial that this person began: null while they have not come back from the provider.
 * @throws AppError 'not_found', also when it is too long ago.
 */
export async function trialResult(
  ctx: Pick<Needs, 'pool' | 'clock' | 'secrets'>,
  providerId: ProviderId,
  trial: { id: string; personId: PersonId },
): Promise<TrialResult | null> {
  const found = await trialRow(ctx.pool, { ...trial, providerId, at: ctx.clock.now() });
  if (!found) throw notFound('trial');
  if (!found.used) return null;
  const { result } = JSON.parse(ctx.secrets.open(found.dataSealed, trial.id)) as { result?: TrialResult };
  return result ?? null;
}
