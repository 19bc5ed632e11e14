import { expect, test } from 'vitest';
import { questionParts } from '../../../core/retrieval/question-parts.ts';

test('what leads to a question is no part of it', () => {
  expect(questionParts('Hi! My boss asked me: how many days may we work from home?')).toEqual({
    asked: 'how many days may we work from home?',
    around: 'Hi! My boss asked me:',
  });
  expect(questionParts('she wants to know what the first action is at alarm A-31. Please be quick').asked).toBe(
    'what the first action is at alarm A-31.',
  );
  expect(questionParts('Hallo, eine kurze Frage für meine Kollegin: Wann ist die Sprechstunde?').asked).toBe(
    'Wann ist die Sprechstunde?',
  );
  expect(questionParts('お疲れ様です。避難場所はどこですか？').asked).toBe('避難場所はどこですか？');
});

test('a question that nothing leads to is asked as a whole, however it begins', () => {
  for (const question of [
    'At which temperature are currents recorded?',
    'Is Cardivane safe while breastfeeding?',
    'Rufbereitschaft',
    'the policy on gifts',
    'Who is in building 3.114?',
  ])
    expect(questionParts(question)).toEqual({ asked: question, around: '' });
});

test('of several sentences those that ask are asked, and all of several questions', () => {
  expect(questionParts('Where is it? I looked in the cabinet. And who has the key?')).toEqual({
    asked: 'Where is it? who has the key?',
    around: 'I looked in the cabinet. And',
  });
});

test('a word that asks at the very end is none, and nothing is nothing', () => {
  expect(questionParts('Tell me about the seal, if you know how').asked).toContain('seal');
  expect(questionParts('')).toEqual({ asked: '', around: '' });
  expect(questionParts('???').around).toBe('');
});
