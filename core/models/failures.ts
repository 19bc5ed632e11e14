import { AppError, type ErrorCode } from '../errors.ts';

const SENTENCES = {
  model_unreachable: 'The model server cannot be reached at the moment. Try again in a minute.',
  model_timeout: 'The model did not begin to answer in time. Try again; a large model may still be starting.',
  model_stalled: 'The model stopped in the middle of its answer. Ask again.',
  model_broke_off: 'The connection to the model broke off. Ask again.',
  model_not_found: 'The model is not on its server any more. Your administrator can choose another one.',
  model_rejected: 'The model server did not accept the question. Your administrator should look at its settings.',
  model_bad_answer: 'The model server answered with something that is not an answer. Try again.',
  question_too_long: 'The question and its documents are longer than this model can read. Ask something shorter.',
  too_many_requests: 'Many people are asking at the moment. Try again in a minute.',
  stopped: 'Stopped.',
} as const satisfies Partial<Record<ErrorCode, string>>;

export type ModelErrorCode = keyof typeof SENTENCES;

/**
 * The error an employee may read. The server's own words stay out of it, and out of its cause: they may repeat the
 * question. `details` is for administrators: a status, a system code.
 */
export function modelError(code: ModelErrorCode, details: Record<string, unknown> = {}, sentence?: string): AppError {
  return new AppError(code, sentence ?? SENTENCES[code], { details });
}

/** What a server says in one of the shapes `{error}`, `{error: {message}}`, `{detail}`; '' where it says nothing readable. */
export function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { error, detail, message } = body as Record<string, unknown>;
  for (const candidate of [error, detail, message]) {
    if (typeof candidate === 'string') return candidate;
    if (typeof candidate === 'object' && candidate !== null && 'message' in candidate)
      if (typeof candidate.message === 'string') return candidate.message;
  }
  return '';
}

const TOO_LONG =
  /context (length|size|window)|too (long|large)|maximum.{0,40}(tokens|length)|exceed.{0,40}(context|tokens)/i;
const NO_SUCH_MODEL = /model.{0,200}(not found|does not exist)|try pulling it/is;

/** The failure that a status and the server's words mean. `text`: the body as it came, JSON or not. */
export function failureOf(status: number, text: string): AppError {
  const words = wordsOf(parsed(text)) || text.slice(0, 2_000);
  const details = { status };
  if (status >= 300 && status < 400)
    return modelError(
      'model_rejected',
      details,
      'The model server sends us to another address, which we do not follow. Your administrator should enter its final address.',
    );
  if (status === 401 || status === 403)
    return modelError(
      'model_rejected',
      details,
      'The model server does not accept our key. Your administrator should look at it.',
    );
  if (status < 500 && status !== 404 && TOO_LONG.test(words)) return modelError('question_too_long', details);
  if (status === 404 || NO_SUCH_MODEL.test(words)) return modelError('model_not_found', details);
  if (status === 501)
    return modelError(
      'model_rejected',
      details,
      'The model server cannot do this with this model. Your administrator should choose another one.',
    );
  if (status === 429 || (status >= 502 && status <= 504))
    return modelError(
      'model_unreachable',
      details,
      'The model server is busy or still starting. Try again in a minute.',
    );
  return modelError(status >= 500 ? 'model_bad_answer' : 'model_rejected', details);
}

/** The failure of an error that arrived inside a stream or a 200, where there is no status to go by. */
export function failureInBody(body: unknown): AppError {
  const words = wordsOf(body);
  if (TOO_LONG.test(words)) return modelError('question_too_long');
  if (NO_SUCH_MODEL.test(words)) return modelError('model_not_found');
  return modelError('model_broke_off');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whatever was thrown while talking to a server, as one of our errors: clients wrap ours as their cause. */
export function asModelError(error: unknown): AppError {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if (at instanceof AppError) return at;
  if (error instanceof SyntaxError) return modelError('model_bad_answer');
  if (error instanceof Error && 'error' in error) return failureInBody(error);
  return modelError('model_broke_off', { reason: error instanceof Error ? error.name : typeof error });
}
