import type { Context } from '../../context.ts';
import type { Provider } from '../providers/store.ts';
import { failed, passed, trialOf, warned, type TrialResult, type TrialStep } from '../providers/trial.ts';
import { isListed, named, type Came } from './named.ts';
import { headerFacts } from './sign-in.ts';

const LONGEST_SHOWN = 200;

/**
 * Looks at the very request by which an administrator asks: whether it came through a listed proxy, which headers it brought
 * and what would come of them. Signs nobody in and changes nothing.
 */
export async function tryHeader(
  ctx: Pick<Context, 'pool' | 'clock' | 'secrets' | 'log'>,
  provider: Provider<'header'>,
  came: Came,
): Promise<{ steps: readonly TrialStep[]; result: TrialResult | null }> {
  const { settings } = provider;
  const from = came.remoteAddress ?? '?';
  const listed = isListed(settings.networks, came.remoteAddress);
  const steps: TrialStep[] = [listed ? passed('proxy', from) : wrong('proxy', 'not_from_proxy', from)];
  steps.push(seen('subject_header', settings.subjectHeader, came, true));
  for (const [step, header] of [
    ['name_header', settings.nameHeader],
    ['email_header', settings.emailHeader],
    ['groups_header', settings.groupsHeader],
  ] as const)
    if (header !== null) steps.push(seen(step, header, came, false));
  if (!listed || named(settings, came) === 'nobody') return { steps, result: null };
  try {
    const facts = headerFacts(provider, came);
    const claims = [settings.subjectHeader, settings.nameHeader, settings.emailHeader, settings.groupsHeader]
      .filter((name) => name !== null)
      .map((name) => ({ name, values: came.take(name).length }))
      .filter(({ values }) => values > 0)
      .map(({ name }) => ({ name, from: 'header', kind: 'text', count: null }) as const);
    return { steps, result: await trialOf(ctx, provider, facts, claims) };
  } catch (error) {
    return { steps: [...steps, failed('usable', error)], result: null };
  }
}

/** What a header held; it is the administrator's own request, so that nothing of anybody else shows. */
function seen(step: string, header: string, came: Came, needed: boolean): TrialStep {
  const values = came.take(header);
  const [value] = values;
  if (values.length > 1) return wrong(step, 'header_twice', header);
  if (value === undefined || value.trim() === '')
    return needed ? wrong(step, 'header_missing', header) : warned(step, 'header_missing', header);
  return passed(step, `${header}: ${Buffer.from(value, 'latin1').toString('utf8').slice(0, LONGEST_SHOWN)}`);
}

const wrong = (step: string, problem: string, technical: string): TrialStep => ({
  ...warned(step, problem, technical),
  outcome: 'failed',
});
