import type { Request, Response } from 'express';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import type { Attempt } from '../../../core/identity/providers/attempts.ts';
import type { ProviderFacts } from '../../../core/identity/providers/facts.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { keepTrial, type TrialClaim } from '../../../core/identity/providers/trial.ts';
import type { Through } from '../../../core/identity/sessions.ts';
import { confirmThrough } from '../../../core/identity/merge/confirm.ts';
import { signInThrough } from '../../../core/identity/sign-in.ts';
import { clearSessionCookie } from '../caller.ts';
import { comesFrom, enter, goTo, logProblem, noProvider } from './browser.ts';

/** What a protocol has made of what a browser came back with. */
export type Arrived = {
  attempt: Attempt;
  facts: ProviderFacts;
  there: Omit<Through, 'providerId' | 'identityId'>;
  /** What came, by name, for a trial. */
  claims: () => readonly TrialClaim[];
};

/** For what else a try was begun, it is not ended by an answer to a sign-in: before the answer is even looked at. */
const ENDS_HERE = ['sign_in', 'test', 'confirm'] as const satisfies Attempt['purpose'][];

const begunForElse = () => new AppError('bad_input', 'This was begun for something else than signing in');

/**
 * Ends a try as it was begun: somebody is signed in, has confirmed that an account is theirs, or a trial's result is kept for the administrator who began it, who then
 * sees what failed too. `finish` says which try was taken as soon as it knows.
 */
export async function arrive(
  ctx: Context,
  provider: Provider,
  request: Request,
  response: Response,
  finish: (taken: (attempt: Attempt) => void) => Promise<Arrived>,
): Promise<void> {
  let begun: Attempt | null = null;
  try {
    const arrived = await finish((attempt) => {
      begun = attempt;
      if (!provider.enabled && attempt.purpose !== 'test') throw noProvider();
      if (!(ENDS_HERE as readonly string[]).includes(attempt.purpose)) throw begunForElse();
    });
    await end(ctx, provider, request, response, arrived);
  } catch (error) {
    const attempt = begun as Attempt | null;
    if (attempt?.purpose !== 'test' && attempt?.purpose !== 'confirm') throw error;
    const { problem, correlationId } = logProblem(ctx, response, error, provider);
    const query = new URLSearchParams({ problem, id: correlationId });
    goTo(ctx, response, attempt.purpose === 'test' ? trialPage(provider, query) : `/joining?${query.toString()}`);
  }
}

async function end(
  ctx: Context,
  provider: Provider,
  request: Request,
  response: Response,
  { attempt, facts, there, claims }: Arrived,
): Promise<void> {
  switch (attempt.purpose) {
    case 'sign_in': {
      const { token } = await signInThrough(ctx, provider, facts, comesFrom(request), there);
      return enter(ctx, request, response, { token, returnTo: attempt.returnTo });
    }
    case 'test':
      await keepTrial(ctx, provider, attempt, { facts, claims: claims() });
      return goTo(ctx, response, trialPage(provider, new URLSearchParams({ trial: attempt.id })));
    case 'confirm': {
      const merged = await confirmThrough(ctx, provider, attempt, facts);
      if (merged) clearSessionCookie(ctx, response);
      return goTo(ctx, response, merged ? '/sign-in?joined=1' : '/joining');
    }
    case 'link':
      throw begunForElse();
  }
}

const trialPage = ({ id }: Pick<Provider, 'id'>, query: URLSearchParams): string =>
  `/sign-in-providers/${id}/test?${query.toString()}`;
