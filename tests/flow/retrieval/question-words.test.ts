import { expect, test } from 'vitest';
import { askedIn } from '../../../core/retrieval/question-words.ts';

const kinds = (question: string) => Object.fromEntries(askedIn(question).map(({ word, kind }) => [word, kind]));

test('codes are one thing each, however they are joined, and numbers with a unit are none', () => {
  expect(kinds('IC50 of ARV-117 at 40mg')).toEqual({
    arv117: 'code',
    ic50: 'code',
    of: 'word',
    at: 'word',
    '40mg': 'word',
  });
  expect(askedIn('ARV-117')[0]).toMatchObject({ parts: ['arv', '117'] });
  expect(askedIn('phase2')[0]).toMatchObject({ parts: ['phase', '2'] });
});

test('names are told by their capitals, where capitals tell anything', () => {
  expect(kinds('Which form does the QPPV sign in Lisbon')).toMatchObject({
    which: 'word',
    qppv: 'name',
    lisbon: 'name',
    form: 'word',
  });
  expect(kinds('Wie hoch ist der Bonus für Leiter beim QPPV')).toMatchObject({
    bonus: 'word',
    leiter: 'word',
    qppv: 'name',
  });
  expect(kinds('WHERE IS THE FORM')).toMatchObject({ form: 'word' });
});

test('what only asks how much, and words that questions are made with, are not asked for', () => {
  expect(Object.keys(kinds('how long are backups kept'))).toEqual(['how', 'are', 'backups']);
  expect(Object.keys(kinds('Wie groß ist der Rest'))).toEqual(['wie', 'ist', 'der', 'rest']);
  expect(Object.keys(kinds('long holidays'))).toContain('long');
});

test('other words stand beside a word, and the parts of a long German one', () => {
  expect(askedIn('vacation')[0]?.others).toContain('leave');
  expect(askedIn('Wie viele Urlaubstage habe ich?').find(({ word }) => word === 'urlaubstage')?.others).toContain(
    'urlaub',
  );
  expect(askedIn('velaxoban')[0]?.others).toEqual([]);
});

test('what the question and the one before it share belongs to the question', () => {
  const asked = askedIn('And the bonus of directors?', 'What is the bonus of managers?');
  expect(Object.fromEntries(asked.map(({ word, place }) => [word, place]))).toMatchObject({
    bonus: 'question',
    directors: 'question',
    managers: 'before',
  });
});
