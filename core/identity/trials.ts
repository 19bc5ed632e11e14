import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import type { Came } from './header/named.ts';
import { tryHeader } from './header/trial.ts';
import { tryDirectory, type LookedUp } from './ldap/trial.ts';
import { beginOauth2 } from './oauth2/sign-in.ts';
import { tryOauth2 } from './oauth2/trial.ts';
import { beginOidc } from './oidc/sign-in.ts';
import { tryOidc } from './oidc/trial.ts';
import type { Provider } from './providers/store.ts';
import type { TrialResult, TrialStep } from './providers/trial.ts';
import { beginSaml } from './saml/sign-in.ts';
import { trySaml } from './saml/trial.ts';
import { keyOf } from './throttle.sql.ts';
import { throttle } from './throttle.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config' | 'log'>;
type Begun = { id: string; url: string; state: string; token: string };

/** Who asks, whom they look up where people are looked up, and how their request came. */
type Asked = Readonly<{ personId: PersonId; lookUp: LookedUp; came: Came }>;

/** `trial`: the beginning of a trial sign-in there; `result`: what one would come to, where nobody is sent anywhere for it. `crossSite`: whether the answer comes as a form from another site. */
export type Tried = Readonly<{
  steps: readonly TrialStep[];
  trial: (Begun & { crossSite: boolean }) | null;
  result: TrialResult | null;
}>;

/** One administrator's in a quarter of an hour: each makes connections to addresses that they chose. */
const MOST_TRIALS = 60;

/**
 * Tries a provider out, enabled or not: each step that a sign-in needs of it, and where all went well the beginning of a
 * trial sign-in for whoever asks or what one would come to. Nobody is signed in by it.
 * @throws AppError 'too_many_requests'.
 */
export async function tryProvider(ctx: Needs, provider: Provider, asked: Asked): Promise<Tried> {
  await throttle(ctx, keyOf(`provider-trial:${asked.personId}`), MOST_TRIALS);
  const { personId, lookUp, came } = asked;
  const wanted = { purpose: 'test', personId, returnTo: undefined } as const;
  switch (provider.kind) {
    case 'oidc':
      return sentThere(await tryOidc(ctx, provider), () => beginOidc(ctx, provider, wanted), false);
    case 'saml':
      return sentThere(await trySaml(ctx, provider), () => beginSaml(ctx, provider, wanted), true);
    case 'ldap':
      return { ...(await tryDirectory(ctx, provider, lookUp)), trial: null };
    case 'header':
      return { ...(await tryHeader(ctx, provider, came)), trial: null };
    case 'oauth2':
      return sentThere(await tryOauth2(ctx, provider), () => beginOauth2(ctx, provider, wanted), false);
  }
}

async function sentThere(steps: TrialStep[], begin: () => Promise<Begun>, crossSite: boolean): Promise<Tried> {
  if (steps.some(({ outcome }) => outcome === 'failed')) return { steps, trial: null, result: null };
  return { steps, trial: { ...(await begin()), crossSite }, result: null };
}
