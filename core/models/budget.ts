import { modelError } from './failures.ts';
import type { ChatModel } from './types.ts';

/** Where a server does not say its window, and the most that is asked of an Ollama, which keeps memory for all of it. */
const UNKNOWN_WINDOW_TOKENS = 4_096;
const OLLAMA_WINDOW_TOKENS = 8_192;
const ANSWER_TOKENS = 1_024;
/** What a chat template adds around each message. */
const MESSAGE_OVERHEAD_TOKENS = 8;

/**
 * The window that is used, tokens: always the same for a model, because Ollama loads the model again when it changes.
 */
export function windowOf(model: ChatModel): number {
  const window = model.contextTokens ?? UNKNOWN_WINDOW_TOKENS;
  return model.server.kind === 'ollama' ? Math.min(window, OLLAMA_WINDOW_TOKENS) : window;
}

/** The longest answer, tokens: what is set, and never more than a quarter of the window. */
export function answerTokensOf(model: ChatModel): number {
  return Math.min(model.parameters?.maxTokens ?? ANSWER_TOKENS, Math.floor(windowOf(model) / 4));
}

/**
 * At least as many tokens as a text has with the usual tokenizers: three ASCII letters a token in prose, one a digit
 * or sign, one and a half a character elsewhere. Too high costs a passage, too low costs the answer.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0x2fff) tokens += 1.3;
    else if (code > 0x24f) tokens += 1;
    else if (code > 0x7f) tokens += 0.8;
    else if (isLetterOrSpace(code)) tokens += 0.3;
    else tokens += 0.9;
  }
  return Math.ceil(tokens);
}

const isLetterOrSpace = (code: number) => code === 32 || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/** The longest beginning of `text` that fits, cut at a word where there is one near. */
export function cutToTokens(text: string, tokens: number): string {
  if (estimateTokens(text) <= tokens) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= tokens) low = middle;
    else high = middle - 1;
  }
  const cut = text.slice(0, low);
  const space = cut.lastIndexOf(' ');
  return (space > low * 0.8 ? cut.slice(0, space) : cut).trimEnd();
}

/** `text`: the passage that was found; `surroundings`: the same with what stands around it. */
type Passage = { surroundings: string; text?: string };
type Turn = { content: string };

/**
 * What of the passages and the history fits into `tokens`, after `fixed` (instructions and question). Passages come
 * first, best first, each with its surroundings, then only itself, then cut; the newest of the history takes the rest,
 * but a quarter is kept for it.
 * @throws AppError 'question_too_long' where not even the question fits.
 */
export function budget<P extends Passage, T extends Turn>(input: {
  tokens: number;
  fixed: string;
  passages: readonly P[];
  history: readonly T[];
}): { passages: P[]; history: T[] } {
  const room = input.tokens - estimateTokens(input.fixed) - 4 * MESSAGE_OVERHEAD_TOKENS;
  if (room < 0) throw modelError('question_too_long');
  const wanted = input.history.reduce((sum, turn) => sum + estimateTokens(turn.content) + MESSAGE_OVERHEAD_TOKENS, 0);
  let left = room - Math.min(wanted, Math.floor(room / 4));
  const passages: P[] = [];
  for (const passage of input.passages) {
    const fitted = fit(passage, left);
    if (!fitted) break;
    passages.push(fitted.passage);
    left -= fitted.tokens;
  }
  left += Math.min(wanted, Math.floor(room / 4));
  const history: T[] = [];
  for (const turn of input.history.toReversed()) {
    const tokens = estimateTokens(turn.content) + MESSAGE_OVERHEAD_TOKENS;
    if (tokens > left) break;
    history.unshift(turn);
    left -= tokens;
  }
  return { passages, history };
}

/** The line above each passage: its document, version, page. */
const PASSAGE_HEAD_TOKENS = 60;
const WORTH_READING_TOKENS = 60;

function fit<P extends Passage>(passage: P, tokens: number): { passage: P; tokens: number } | undefined {
  const room = tokens - PASSAGE_HEAD_TOKENS;
  const full = estimateTokens(passage.surroundings);
  if (full <= room) return { passage, tokens: full + PASSAGE_HEAD_TOKENS };
  if (room < WORTH_READING_TOKENS) return undefined;
  const cut = cutToTokens(passage.text ?? passage.surroundings, room);
  return { passage: { ...passage, surroundings: cut }, tokens: estimateTokens(cut) + PASSAGE_HEAD_TOKENS };
}
