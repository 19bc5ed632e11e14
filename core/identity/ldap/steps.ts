import { asAppError } from '../../errors.ts';
import { connectionCode } from '../providers/failure.ts';
import type { TrialStep } from '../providers/trial.ts';
import { ldapCode } from './failure.ts';

/** Steps as they are taken, each with how long it took. */
export type Stepped = Readonly<{
  taken: TrialStep[];
  /** Takes one; false where it failed. `problem`: the word for what was thrown. */
  step: (name: string, take: () => Promise<TrialStep>, problem: (error: unknown) => string) => Promise<boolean>;
}>;

export function stepped(): Stepped {
  const taken: TrialStep[] = [];
  return {
    taken,
    async step(name, take, problem) {
      const begun = performance.now();
      const step = await take().catch((error: unknown): TrialStep => ({
        step: name,
        outcome: 'failed',
        problem: problem(error),
        technical: codeOf(error),
        tookMs: null,
      }));
      taken.push({ ...step, tookMs: Math.round(performance.now() - begun) });
      return step.outcome !== 'failed';
    },
  };
}

/** Codes only: a sentence of a directory may name people. */
function codeOf(error: unknown): string | null {
  const code = ldapCode(error);
  if (code !== null) return `LDAP ${code}`;
  const connection = connectionCode(error);
  if (connection !== null) return connection;
  const { technical } = asAppError(error).details;
  return typeof technical === 'string' ? technical : null;
}
