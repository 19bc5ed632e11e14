/**
 * What went wrong with a call: `code` is the server's stable word for it, or one of ours (`offline`, `aborted`,
 * `unreadable`); `sentence` is what the person may read, in the server's language, empty for our own codes.
 */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly sentence: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, status: number, sentence: string, details: Record<string, unknown> = {}) {
    super(`${status} ${code}`);
    this.name = 'ApiProblem';
    this.code = code;
    this.status = status;
    this.sentence = sentence;
    this.details = details;
  }
}

/** The problem that a refused response describes (RFC 9457), or the best guess where it describes none. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const said: unknown = await response.json().catch(() => null);
  if (typeof said !== 'object' || said === null)
    return new ApiProblem(response.status >= 500 ? 'internal' : 'bad_input', response.status, '');
  const {
    code,
    detail,
    title,
    type: _type,
    status: _status,
    instance: _instance,
    ...details
  } = said as Record<string, unknown>;
  return new ApiProblem(
    typeof code === 'string' ? code : 'internal',
    response.status,
    typeof detail === 'string' ? detail : typeof title === 'string' ? title : '',
    details,
  );
}

/** Anything thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof DOMException && error.name === 'AbortError') return new ApiProblem('aborted', 0, '');
  if (error instanceof TypeError) return new ApiProblem('offline', 0, '');
  return new ApiProblem('internal', 0, '');
}
