/** What a call to Teams came to, where it did not go well. The message never quotes what was sent. */
export class TeamsCallError extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The connector's own code; `no_answer` where none came, `not_sent` where the call never left. */
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

export const asTeamsCallError = (error: unknown): TeamsCallError =>
  error instanceof TeamsCallError ? error : new TeamsCallError({ status: 0, code: 'not_sent', cause: error });
