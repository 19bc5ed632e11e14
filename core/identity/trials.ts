import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { beginOidc } from './oidc/sign-in.ts';
import { tryOidc } from './oidc/trial.ts';
import type { ProviderKind } from './providers/settings.ts';
import type { Provider } from './providers/store.ts';
import type { TrialStep } from './providers/trial.ts';
import { beginSaml } from './saml/sign-in.ts';
import { trySaml } from './saml/trial.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config'>;
type Begun = { id: string; url: string; state: string; token: string };
type Wanted = { purpose: 'test'; personId: PersonId; returnTo: undefined };

/**
 * What is tried of each kind of provider before somebody is sent there, and how the sending begins. `crossSite`: whether the
 * answer comes as a form from another site.
 */
const TRIALS: {
  [Kind in ProviderKind]?: {
    walk(ctx: Needs, provider: Provider<Kind>): Promise<TrialStep[]>;
    begin(ctx: Needs, provider: Provider<Kind>, wanted: Wanted): Promise<Begun>;
    crossSite: boolean;
  };
} = {
  oidc: { walk: tryOidc, begin: beginOidc, crossSite: false },
  saml: { walk: trySaml, begin: beginSaml, crossSite: true },
};

/**
 * Tries a provider out, enabled or not: each step that a sign-in needs of it, and where all went well the beginning of a
 * trial sign-in for whoever asks, in which nobody is signed in.
 * @throws AppError 'bad_input' for a kind that is tried with a name and a password instead.
 */
export async function tryProvider<Kind extends ProviderKind>(
  ctx: Needs,
  provider: Provider<Kind>,
  personId: PersonId,
): Promise<{ steps: TrialStep[]; trial: (Begun & { crossSite: boolean }) | null }> {
  const trial = TRIALS[provider.kind];
  if (!trial) throw new AppError('bad_input', 'This kind of provider is not tried in this way');
  const steps = await trial.walk(ctx, provider);
  if (steps.some(({ outcome }) => outcome === 'failed')) return { steps, trial: null };
  const begun = await trial.begin(ctx, provider, { purpose: 'test', personId, returnTo: undefined });
  return { steps, trial: { ...begun, crossSite: trial.crossSite } };
}
