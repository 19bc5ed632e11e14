/** What a call to Teams came to, where it did not go well. The message never quotes what was sent. */
export class TeamsCallError extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The connector's own code; `no_answer` where none came, `not_sent` where the call never left, `bad_answer`
   * where it can't be read. */
  readonly code: string;
  /** The connector's own words: it tells some reasons apart by these alone. */
  readonly reason: string;
  readonly retryAfterMs: number | null;

  constructor(failure: {
    status: number;
    code: string;
    reason?: string;
    retryAfterMs?: number | null;
    cause?: unknown;
  }) {
    super(
      `Teams answered ${failure.status} ${failure.code}`,
      failure.cause === undefined ? {} : { cause: failure.cause },
    );
    this.name = 'TeamsCallError';
    this.status = failure.status;
    this.code = failure.code;
    this.reason = failure.reason ?? '';
    this.retryAfterMs = failure.retryAfterMs ?? null;
  }
}

/** Entra gave no token, so nothing was sent. */
const NO_TOKEN = new Set(['ClientAuthError', 'ServerError', 'AuthError', 'ClientConfigurationError', 'NetworkError']);

/** Any error as one of a call. What we don't know may have come after the message had gone out: it is not said again. */
export function asTeamsCallError(error: unknown): TeamsCallError {
  if (error instanceof TeamsCallError) return error;
  const code = error instanceof Error && NO_TOKEN.has(error.name) ? 'not_sent' : 'bad_answer';
  return new TeamsCallError({ status: 0, code, cause: error });
}
