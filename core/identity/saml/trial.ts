import type { Context } from '../../context.ts';
import type { Provider } from '../providers/store.ts';
import { failed, passed, type TrialClaim, type TrialStep } from '../providers/trial.ts';
import type { Assertion } from './assertion.ts';
import { identityProviderOf } from './identity-provider.ts';

/** Walks what a sign-in needs of a provider: its metadata or settings, and certificates that an answer could be checked with. */
export async function trySaml(ctx: Pick<Context, 'clock'>, provider: Provider<'saml'>): Promise<TrialStep[]> {
  try {
    const { certificates } = await identityProviderOf(ctx, provider, true);
    return [passed('metadata'), passed('certificates', String(certificates.length))];
  } catch (error) {
    return [failed('metadata', error)];
  }
}

/** The attributes of an assertion by name. */
export const attributesByName = ({ attributes }: Pick<Assertion, 'attributes'>): TrialClaim[] =>
  [...attributes].map(([name, values]) => ({ name, from: 'assertion', kind: 'list', count: values.length }));
