import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { AppError } from '../../errors.ts';
import { connectionFailure, providerFailed, type ProviderProblem } from '../providers/failure.ts';

/** What the library or the provider complains about, as one of our own failures, `details.technical` for the log. */
export function oidcFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const connection = connectionFailure(error);
  if (connection) return connection;
  if (error instanceof AuthorizationResponseError)
    return providerFailed(AT_AUTHORIZATION[error.error] ?? 'misconfigured', `authorize: ${error.error}`, error);
  if (error instanceof ResponseBodyError)
    return error.error === 'invalid_grant'
      ? new AppError('sign_in_expired', 'This sign-in was used already or is too old. Begin again', { cause: error })
      : providerFailed(error.status >= 500 ? 'unreachable' : 'misconfigured', `token: ${error.error}`, error);
  if (error instanceof WWWAuthenticateChallengeError)
    return providerFailed('misconfigured', `challenge: ${error.status}`, error);
  if (error instanceof ClientError) {
    const code = error.code ?? 'OAUTH';
    const { cause } = error;
    if (cause instanceof Response) {
      const problem = cause.status >= 500 || cause.status === 429 ? 'unreachable' : 'misconfigured';
      return providerFailed(problem, `${code} ${cause.status}`, error);
    }
    return providerFailed(BY_CODE[code] ?? 'not_trusted', code, error);
  }
  // The library's own complaints about what it was given: an address or a name that can't be.
  if (error instanceof TypeError) return providerFailed('misconfigured', error.name, error);
  return providerFailed('not_trusted', error instanceof Error ? error.name : 'unknown', error);
}

const AT_AUTHORIZATION: Record<string, ProviderProblem> = {
  access_denied: 'denied',
  login_required: 'denied',
  interaction_required: 'denied',
  consent_required: 'denied',
  account_selection_required: 'denied',
  server_error: 'unreachable',
  temporarily_unavailable: 'unreachable',
};

/** Everything else, a signature, a claim or a time that is wrong, is no reason to trust. */
const BY_CODE: Record<string, ProviderProblem> = {
  OAUTH_RESPONSE_IS_NOT_JSON: 'misconfigured',
  OAUTH_PARSE_ERROR: 'misconfigured',
  OAUTH_MISSING_SERVER_METADATA: 'misconfigured',
  OAUTH_INVALID_SERVER_METADATA: 'misconfigured',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'misconfigured',
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: 'misconfigured',
  OAUTH_UNSUPPORTED_OPERATION: 'not_trusted',
};
