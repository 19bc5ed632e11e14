import type { AnswerEvent, Citation, Message, Notice } from '../../../../contract/index.ts';

type Told = Extract<AnswerEvent, { type: 'done' }>;

/** A question and what came of it, whether it is being written or comes from the record. */
export type Turn = {
  /** Of the answer's message, where it is known; else a name for this page only. */
  id: string;
  messageId: string | null;
  question: string;
  text: string;
  citations: readonly Citation[];
  notices: readonly Notice[];
  /** `running` until the last event came. */
  state: 'running' | 'answered' | 'not_found' | 'failed' | 'stopped';
  status: Extract<AnswerEvent, { type: 'status' }>['code'] | null;
  problem: { code: string; sentence: string } | null;
  model: string | null;
  timings: Told['timings'] | null;
  /** What was searched; null where the record does not say. */
  searched: Told['knowledgeBases'] | null;
  feedback: Message['feedback'];
  withheld: number;
  private: boolean;
};

export const newTurn = (question: string): Turn => ({
  id: crypto.randomUUID?.() ?? String(Date.now()),
  messageId: null,
  question,
  text: '',
  citations: [],
  notices: [],
  state: 'running',
  status: null,
  problem: null,
  model: null,
  timings: null,
  searched: null,
  feedback: null,
  withheld: 0,
  private: false,
});

/** What one event changes in the turn that is being written. */
export function take(turn: Turn, event: AnswerEvent): void {
  switch (event.type) {
    case 'status':
      turn.status = event.code;
      return;
    case 'text':
      turn.text += event.text;
      return;
    case 'citations':
      turn.citations = event.citations;
      turn.notices = event.notices;
      return;
    case 'private':
      turn.private = true;
      return;
    case 'done':
      Object.assign(turn, {
        state: event.outcome,
        citations: event.citations,
        notices: event.notices,
        model: event.model,
        timings: event.timings,
        searched: event.knowledgeBases,
        messageId: event.messageId,
      } satisfies Partial<Turn>);
      return;
    case 'failed':
      fail(turn, event.code, event.message);
  }
}

/** Ends a turn without an answer; one that was stopped did not fail. */
export function fail(turn: Turn, code: string, sentence: string): void {
  turn.state = code === 'stopped' ? 'stopped' : 'failed';
  turn.problem = { code, sentence };
}

/** The record of a conversation as turns: each question with the answer that follows it. */
export function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === 'person') {
      turns.push({ ...newTurn(message.text), id: message.id, state: 'stopped' });
      continue;
    }
    const turn = turns.at(-1);
    if (!turn || turn.messageId) continue;
    Object.assign(turn, {
      messageId: message.id,
      text: message.text,
      citations: message.citations,
      notices: message.notices,
      state: message.outcome ?? 'stopped',
      problem: message.errorCode ? { code: message.errorCode, sentence: '' } : null,
      model: message.model,
      feedback: message.feedback,
      withheld: message.withheld,
    } satisfies Partial<Turn>);
  }
  return turns;
}
