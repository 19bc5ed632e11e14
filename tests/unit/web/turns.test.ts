import { expect, test } from 'vitest';
import type { Message } from '../../../portal/contract/index.ts';
import { newTurn, take, turnsOf } from '../../../portal/web/src/features/chat/turns.ts';

const message = (part: Partial<Message>): Message => ({
  id: 'm',
  role: 'person',
  text: '',
  outcome: null,
  errorCode: null,
  model: null,
  feedback: null,
  citations: [],
  notices: [],
  withheld: 0,
  createdAt: '2026-11-21T12:00:00.000Z',
  ...part,
});

test('a question whose answer was never recorded is not shown as answered', () => {
  const [turn] = turnsOf([message({ id: 'q', text: 'Why?' })]);
  expect(turn).toMatchObject({ question: 'Why?', text: '', state: 'stopped', messageId: null });
});

test('an answer without a question does not become a turn of its own', () => {
  expect(turnsOf([message({ role: 'assistant', text: 'Because.' })])).toEqual([]);
});

test('what the asker stopped is stopped, not failed', () => {
  const turn = newTurn('Why?');
  take(turn, { type: 'text', text: 'Becau' });
  take(turn, { type: 'failed', conversationId: 'c', code: 'stopped', message: 'Stopped' });
  expect(turn).toMatchObject({ state: 'stopped', text: 'Becau' });
});

test('text is appended, citations replace those before them', () => {
  const turn = newTurn('Why?');
  for (const text of ['Be', 'cause', '.']) take(turn, { type: 'text', text });
  take(turn, { type: 'citations', citations: [], notices: [] });
  expect(turn).toMatchObject({ text: 'Because.', state: 'running', citations: [] });
});

test('each question keeps the answer that follows it', () => {
  const turns = turnsOf([
    message({ id: 'q1', text: 'One?' }),
    message({ id: 'a1', role: 'assistant', text: '1', outcome: 'answered' }),
    message({ id: 'q2', text: 'Two?' }),
    message({ id: 'a2', role: 'assistant', text: '', outcome: 'failed', errorCode: 'model_timeout' }),
  ]);
  expect(turns.map(({ question, text, state }) => [question, text, state])).toEqual([
    ['One?', '1', 'answered'],
    ['Two?', '', 'failed'],
  ]);
  expect(turns[1]?.problem?.code).toBe('model_timeout');
});
