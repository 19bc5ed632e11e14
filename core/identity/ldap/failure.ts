import { ResultCodeError } from 'ldapts';
import { AppError } from '../../errors.ts';
import { connectionFailure, providerFailed, type ProviderProblem } from '../providers/failure.ts';

/** What a directory or the way to it complains about, as one of our own failures: codes only, a DN names a person. */
export function ldapFailure(error: unknown, step: string): AppError {
  if (error instanceof AppError) return error;
  const code = ldapCode(error);
  if (code !== null) return providerFailed(BY_CODE[code] ?? 'misconfigured', `${step}: LDAP ${code}`, error);
  const connection = connectionFailure(error);
  if (connection) return connection;
  const message = error instanceof Error ? error.message : '';
  if (/time(d )?out/i.test(message)) return providerFailed('slow', `${step}: time-out`, error);
  if (/connection closed|socket/i.test(message))
    return providerFailed('unreachable', `${step}: connection lost`, error);
  return providerFailed('misconfigured', `${step}: ${error instanceof Error ? error.name : 'unknown'}`, error);
}

/** The result code of RFC 4511; null where the directory did not answer at all. */
export const ldapCode = (error: unknown): number | null =>
  error instanceof ResultCodeError && error.code > 0 ? error.code : null;

export const INVALID_CREDENTIALS = 49;

const BY_CODE: Record<number, ProviderProblem> = {
  3: 'slow',
  51: 'unreachable',
  52: 'unreachable',
};

/**
 * Why Active Directory refused a password, as the number that stands in its sentence: 533 a disabled account, 775 a locked
 * one, 532 and 773 a password that is too old.
 */
export const adReason = (error: unknown): string | null =>
  error instanceof Error ? (/\bdata ([0-9a-f]{1,8})\b/i.exec(error.message)?.[1] ?? null) : null;
