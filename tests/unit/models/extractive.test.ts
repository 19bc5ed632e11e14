import { expect, test } from 'vitest';
import { extractiveAnswer } from '../../../core/models/extractive.ts';
import type { PromptPassage } from '../../../core/models/prompt.ts';

const passages: readonly PromptPassage[] = [
  {
    n: 1,
    documentName: 'SOP-042.pdf',
    version: 3,
    page: 4,
    heading: 'Hold times',
    surroundings:
      'This procedure applies to all production areas. After the last batch the equipment must be cleaned within 48 hours. Cleaned equipment may be stored for at most 7 days before it is cleaned again. Deviations go to Quality Assurance.',
  },
  {
    n: 2,
    documentName: 'HR.docx',
    version: 1,
    page: 12,
    heading: 'Leave',
    surroundings: 'Employees have 28 days of paid vacation each year.\nRequests are entered four weeks ahead.',
  },
  {
    n: 3,
    documentName: 'JA.html',
    version: 1,
    page: null,
    heading: null,
    surroundings: '年次有給休暇は年間20日です。申請は2週間前までに行います。',
  },
];

async function answerTo(question: string, from = passages, language?: string): Promise<string> {
  let text = '';
  for await (const part of extractiveAnswer(question, from, language)) if (part.type === 'text') text += part.text;
  return text;
}

test('without passages nothing is said', async () => {
  expect(await answerTo('How long?', [])).toBe('');
});

test('a passage that was found to tell nothing about the question is not quoted, and where none does nothing is said', async () => {
  const beside = passages.map((passage) => ({ ...passage, telling: passage.n === 2 }));
  const text = await answerTo('How many days may equipment be stored?', beside);
  expect(text).toContain('[2]');
  expect(text).not.toContain('[1]');
  expect(
    await answerTo(
      'How many days may equipment be stored?',
      beside.map((passage) => ({ ...passage, telling: false })),
    ),
  ).toBe('');
});

test('a sentence that shares no word with the question is not quoted beside one that does', async () => {
  const text = await answerTo('Who hears of deviations on Sundays and in holidays?', passages.slice(0, 1));
  expect(text).toContain('> Deviations go to Quality Assurance. [1]');
  expect(text).not.toContain('This procedure applies');
  expect(text).not.toContain('48 hours');
});

test('where the best passage says it in other words, it is quoted as it stands', async () => {
  const text = await answerTo('When may I go on holiday?', passages.slice(1, 2));
  expect(text).toContain(
    '> Employees have 28 days of paid vacation each year. Requests are entered four weeks ahead. [2]',
  );
});

test('the sentence that answers is quoted word for word with its citation, and it says that no model is connected', async () => {
  const text = await answerTo('How long may cleaned equipment be stored?');
  expect(text).toMatch(/^No language model is connected/);
  expect(text).toContain('> Cleaned equipment may be stored for at most 7 days before it is cleaned again. [1]');
  expect(text).not.toContain('Employees have');
});

test('the best sentence may stand in a later passage', async () => {
  expect(await answerTo('How many vacation days do employees have per year?')).toContain(
    '> Employees have 28 days of paid vacation each year. [2]',
  );
});

test('Japanese is cut into sentences and words too', async () => {
  expect(await answerTo('年次有給休暇は何日ですか', passages.slice(2), 'ja')).toContain(
    '> 年次有給休暇は年間20日です。 [3]',
  );
});

test('a German question is answered with German words', async () => {
  expect(await answerTo('Wie lange?', passages, 'de')).toMatch(/^Es ist kein Sprachmodell verbunden/);
});

test('a very long sentence is shortened', async () => {
  const long = [{ ...passages[0]!, surroundings: `The hold time ${'and so on '.repeat(200)}ends.` }];
  expect((await answerTo('hold time', long)).length).toBeLessThan(700);
});
