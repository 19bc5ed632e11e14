import { AppError } from '../../errors.ts';
import { connectionFailure, providerFailed } from '../providers/failure.ts';

/** A message that is not what it must be. `code`: which check said so, for the log. */
export const notTrusted = (code: string, cause?: unknown): AppError => providerFailed('not_trusted', code, cause);

/** Whatever went wrong while a message was read, as one of our own failures. What stood in it is not told. */
export function samlFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return connectionFailure(error) ?? notTrusted('SAML_UNREADABLE', error);
}
