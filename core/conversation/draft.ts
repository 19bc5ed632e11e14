import type { ReadableKnowledgeBase } from '../access/admission.sql.ts';
import type { Context } from '../context.ts';
import type { MessageId, PersonId } from '../ids.ts';
import { passageUrl } from '../knowledge/passage.ts';
import { answerTokensOf, windowOf } from '../models/budget.ts';
import { streamChat } from '../models/chat.ts';
import { citationsChecked } from '../models/citation-check.ts';
import { extractiveAnswer } from '../models/extractive.ts';
import { buildPrompt, isAbstention, mayBecomeAbstention } from '../models/prompt.ts';
import type { ChatChoice } from '../models/registry.ts';
import type { ModelPart } from '../models/types.ts';
import type { FoundPassage } from '../retrieval/search.ts';
import { safeStream } from '../safety/stream.ts';
import type { AnswerWords } from './answer-words.ts';
import type { AnswerEvent, Citation, Outcome } from './events.ts';
import type { AskedConversation } from './store.sql.ts';

/** An answer as far as it has been written; kept even when it breaks off. */
export type Draft = {
  text: string;
  /** What is kept instead of the text: without the names of what was searched, which the asker may lose. Null: the text. */
  kept: string | null;
  passages: readonly FoundPassage[];
  citations: readonly Citation[];
  outcome: Outcome;
  /** The earlier answers that the model was given. */
  remembered: readonly MessageId[];
  model: string;
  preModelMs: number;
  firstTextMs: number | null;
};

export type DraftInput = Readonly<{
  text: string;
  language: string;
  words: AnswerWords;
  conversation: AskedConversation;
  passages: readonly FoundPassage[];
  /** Those that were searched. */
  knowledgeBases: readonly ReadableKnowledgeBase[];
  choice: ChatChoice;
  quoted: readonly { author: string; text: string }[];
  asker: PersonId;
  signal: AbortSignal;
  /** performance.now() at the question's arrival. */
  started: number;
}>;

/** Writes the answer into `draft` and yields it piece by piece, made safe. Without passages it says so, and no model is asked. */
export async function* draft(
  ctx: Pick<Context, 'config' | 'log'>,
  input: DraftInput,
  into: Draft,
): AsyncGenerator<AnswerEvent> {
  try {
    yield* written(ctx, input, into);
  } catch (error) {
    // Why it was stopped is known here; the model's client only knows that it was.
    throw input.signal.aborted ? input.signal.reason : error;
  }
}

async function* written(
  ctx: Pick<Context, 'config' | 'log'>,
  input: DraftInput,
  into: Draft,
): AsyncGenerator<AnswerEvent> {
  input.signal.throwIfAborted();
  into.preModelMs = performance.now() - input.started;
  const say = (text: string): AnswerEvent => {
    into.firstTextMs ??= performance.now() - input.started;
    into.text += text;
    return { type: 'text', text };
  };
  const sayNotFound = (): AnswerEvent => {
    if (input.knowledgeBases.length === 0) return say(input.words.nothingReadable);
    into.kept = input.words.notFound(null);
    return say(input.words.notFound(input.knowledgeBases.map(({ name }) => name)));
  };
  if (input.passages.length === 0) return yield sayNotFound();

  const waking: AnswerEvent[] = [];
  const parts = wordsOf(partsOf(ctx, input, into), () =>
    waking.push({ type: 'status', code: 'waking_model', text: input.words.waking }),
  );
  const allowed = input.passages.map((passage, index) => ({ n: index + 1, url: passageUrl(ctx.config, passage.id) }));
  let held = '';
  let decided = false;
  const sources = input.passages.map(({ surroundings }, index) => ({ n: index + 1, surroundings }));
  for await (const piece of safeStream(citationsChecked(parts, sources), allowed, input.language)) {
    input.signal.throwIfAborted();
    yield* waking.splice(0);
    if (decided) {
      if (piece !== '') yield say(piece);
      continue;
    }
    // Until it is clear that this is not the model's way of saying "not there", nothing is shown.
    held += piece;
    if (held === '' || mayBecomeAbstention(held)) continue;
    decided = true;
    into.outcome = 'answered';
    yield say(held);
  }
  input.signal.throwIfAborted();
  if (decided) return;
  if (held.trim() === '' || isAbstention(held)) return yield sayNotFound();
  into.outcome = 'answered';
  yield say(held);
}

function partsOf(ctx: Pick<Context, 'config' | 'log'>, input: DraftInput, into: Draft): AsyncIterable<ModelPart> {
  const { choice } = input;
  const passages = input.passages.map((passage, index) => ({ ...passage, n: index + 1 }));
  if (choice.kind === 'extractive') return extractiveAnswer(input.text, passages, input.language);
  const turns = paired(input.conversation.turns);
  into.remembered = turns.flatMap((turn) => (turn.role === 'assistant' ? [turn.id] : []));
  const messages = buildPrompt({
    question: input.text,
    passages,
    history: turns.map((turn) => ({ role: turn.role === 'person' ? 'user' : 'assistant', content: turn.text })),
    quotedThread: input.quoted.map(({ author, text }) => `${author}: ${text}`),
    language: input.language,
    policy: input.knowledgeBases.some(({ policy }) => policy === 'sources_only') ? 'sources_only' : 'may_add_general',
    tokens: windowOf(choice.model) - answerTokensOf(choice.model),
  });
  return streamChat(choice.model, messages, {
    signal: input.signal,
    firstTokenTimeoutMs: ctx.config.FIRST_TOKEN_TIMEOUT_MS,
    idleTimeoutMs: ctx.config.IDLE_TIMEOUT_MS,
    log: ctx.log,
    asker: input.asker,
  });
}

/** Questions with their answers only: what was asked where others don't read stays there, and models expect turn and turn about. */
function paired<T extends { role: 'person' | 'assistant' }>(turns: readonly T[]): T[] {
  return turns.filter((turn, at) =>
    turn.role === 'person' ? turns[at + 1]?.role === 'assistant' : turns[at - 1]?.role === 'person',
  );
}

async function* wordsOf(parts: AsyncIterable<ModelPart>, onWaking: () => void): AsyncGenerator<string> {
  for await (const part of parts) {
    if (part.type === 'text') yield part.text;
    // An empty piece lets the status out before the first word is there.
    if (part.type === 'waking') {
      onWaking();
      yield '';
    }
  }
}
