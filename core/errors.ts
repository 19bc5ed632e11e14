/** The stable codes every surface knows; the HTTP status of each stands beside it. */
export const ERROR_STATUS = {
  bad_input: 400,
  not_signed_in: 401,
  sign_in_failed: 401,
  sign_in_expired: 401,
  sign_in_refused: 403,
  sign_in_again: 403,
  provider_failed: 502,
  password_change_required: 403,
  forbidden: 403,
  csrf: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  default_needed: 409,
  still_needed: 409,
  gone: 410,
  file_empty: 422,
  file_too_large: 413,
  file_type_unknown: 415,
  file_type_mismatch: 415,
  file_encrypted: 422,
  file_corrupt: 422,
  file_bomb: 422,
  file_no_text: 422,
  file_timeout: 422,
  file_memory: 422,
  question_too_long: 413,
  too_many_requests: 429,
  viewing_as: 403,
  access_changed: 403,
  stopped: 499,
  stopping: 503,
  model_none: 503,
  model_unreachable: 503,
  model_timeout: 504,
  model_stalled: 504,
  model_broke_off: 502,
  model_not_found: 502,
  model_rejected: 502,
  model_bad_answer: 502,
  data_in_use: 503,
  database_unreachable: 503,
  database_without_pgvector: 503,
  migration_edited: 503,
  bad_setting: 500,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** The one error of the product: a stable code for programs, a sentence for the person who has to do something. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** What the person may see beside the sentence, such as the field that is wrong. Never a secret or document text. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** What may not be seen does not exist: one sentence, one status, for both. */
export const notFound = (what: string): AppError =>
  new AppError('not_found', `No such ${what}, or none that you may see`);

/** The error as an AppError; what is not one becomes `internal`, its own words kept as the cause only. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(
    'internal',
    'Something went wrong on our side. Try again; if it stays, tell your administrator.',
    {
      cause: error,
    },
  );
}
