import { AppError } from '../../errors.ts';

/** What is wrong with a provider, in the words that the sign-in page and the log know. */
export const PROVIDER_PROBLEMS = ['unreachable', 'slow', 'not_trusted', 'misconfigured', 'denied'] as const;
export type ProviderProblem = (typeof PROVIDER_PROBLEMS)[number];

const SENTENCES: Record<ProviderProblem, string> = {
  unreachable: 'The identity provider does not answer. Try again in a few minutes',
  slow: 'The identity provider takes too long to answer. Try again in a few minutes',
  not_trusted: 'What the identity provider said cannot be trusted, so nobody was signed in. Tell your administrator',
  misconfigured: 'The sign-in is not set up rightly. Tell your administrator',
  denied: 'The identity provider did not let you in. Ask your administrator whether you may use this',
};

/**
 * A sign-in that failed at the provider. `technical`: what an administrator needs to find it, codes only: never a token or
 * what one holds.
 */
export const providerFailed = (problem: ProviderProblem, technical: string, cause?: unknown): AppError =>
  new AppError('provider_failed', SENTENCES[problem], {
    details: { reason: problem, technical: technical.replaceAll(/[^\w .:/()-]/g, '?').slice(0, 200) },
    ...(cause === undefined ? {} : { cause }),
  });

/** Codes of a connection that did not come about: the error itself or whatever lies under it. */
export function connectionCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (at.name === 'TimeoutError' || code === 'OAUTH_TIMEOUT') return 'TIMEOUT';
    if (typeof code === 'string' && /^(E[A-Z]{3,}|ERR_|CERT_|DEPTH_|SELF_|UNABLE_|HPE_)/.test(code)) return code;
  }
  return null;
}

/** The failure that such a code stands for; null where it says nothing of a connection. */
export function connectionFailure(error: unknown): AppError | null {
  const code = connectionCode(error);
  if (code === null) return null;
  if (code === 'TIMEOUT') return providerFailed('slow', code, error);
  if (/CERT|SELF_|UNABLE_|TLS|SSL/.test(code)) return providerFailed('not_trusted', code, error);
  return providerFailed(code === 'ERR_ADDRESS_REFUSED' ? 'misconfigured' : 'unreachable', code, error);
}
