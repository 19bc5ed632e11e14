import { expect, test } from 'vitest';
import { demandOf, saysEnough } from '../../../core/retrieval/evidence.ts';
import { askedIn, wordsToKnow } from '../../../core/retrieval/question-words.ts';

const PASSAGES = 100;

/** How a passage with these words answers, in a scope where each word of `standing` stands in so many passages. */
function asked(question: string, standing: Record<string, number>, before?: string) {
  const things = askedIn(question, before);
  const words = wordsToKnow(`${before ?? ''} ${question}`, things, { own: 40, further: 80 });
  const variants = words.map(({ word }) => ({ word, dictionary: 'simple', lexemes: [word] }));
  const stops = words.map(({ word }) => ({
    word,
    dictionary: 'english_stem',
    lexemes: /^(?:is|are|there|the|of|what|when|how|does|and|its|in|i|my|must|tell)$/.test(word) ? [] : [word],
  }));
  const counts = Object.entries(standing).map(([term, passages]) => ({ term, passages }));
  const demand = demandOf(things, { variants: [...variants, ...stops], counts }, PASSAGES);
  return (held: string, meaning = 0): boolean => saysEnough(demand, { held: held.split(' '), meaning });
}

test('a word or two of a question that is about something else are no evidence', () => {
  const answers = asked('What is the warranty of the coffee machines in Oslo?', { coffee: 2, machines: 9 });
  expect(answers('coffee')).toBe(false);
  expect(answers('machines')).toBe(false);
});

test('a code that stands in nothing readable is not made up for by the words around it', () => {
  const answers = asked('What is the purity of reference standard RS-0099?', { purity: 5, reference: 8, standard: 7 });
  expect(answers('purity reference standard')).toBe(false);
  expect(answers('purity reference standard', 0.4)).toBe(false);
});

test('what is said of one thing is no evidence about another, known as it is', () => {
  const answers = asked('What is the melting point of ARV-204?', {
    melting: 2,
    point: 6,
    arv204: 30,
    arv: 50,
    '204': 30,
  });
  expect(answers('melting point arv 117 arv117')).toBe(false);
  expect(answers('arv 204 arv204')).toBe(false);
  expect(answers('melting point arv 204 arv204')).toBe(true);
});

test('nearness in meaning is no evidence where a name of the question is unknown, nor alone unless it is sure', () => {
  const standing = { days: 20, leave: 9 };
  const unknown = asked('How many days of leave are there in Portugal?', standing);
  expect(unknown('leave', 0.3)).toBe(false);
  const known = asked('How many days of leave are there in Portugal?', { ...standing, portugal: 20 });
  expect(known('leave', 0.3)).toBe(true);
  expect(known('', 0.3)).toBe(false);
});

test('a question is answered in other words than its own where a model is sure, and by words that stand for its own', () => {
  expect(asked('When must I tell my boss?', {})('', 0.6)).toBe(true);
  const answers = asked('How much vacation?', { leave: 4 });
  expect(answers('leave')).toBe(true);
  expect(answers('salary')).toBe(false);
});

test('a single word is answered by what holds it, and by nothing else', () => {
  const answers = asked('Ombudsperson?', { ombudsperson: 1 });
  expect(answers('ombudsperson')).toBe(true);
  expect(answers('person', 0.3)).toBe(false);
});

test('a code is the same in one word and in several', () => {
  const answers = asked('What is IC50?', { ic: 2, '50': 9 });
  expect(answers('ic 50')).toBe(true);
  expect(answers('50')).toBe(false);
});

test('a follow-up is judged by its own words before those of the question it follows', () => {
  const standing = { endpoint: 5, primary: 5, randomise: 2, participants: 9 };
  const own = asked('And the primary endpoint?', standing, 'How many participants does it randomise?');
  expect(own('primary endpoint')).toBe(true);
  expect(own('participants')).toBe(false);
});

test('what is said around a question need not stand anywhere, and answers nothing', () => {
  const standing = {
    days: 20,
    home: 9,
    work: 25,
    manager: 6,
    rules: 8,
    herg: 4,
    margin: 3,
    arv117: 9,
    arv: 20,
    '117': 9,
  };
  const chatty = asked('Hello! Bob, our new manager, asked yesterday: how many days of work at home?', standing);
  expect(chatty('days work home')).toBe(true);
  expect(chatty('manager rules')).toBe(false);
  const ticket = asked('Ticket INC-4821: what is the hERG margin of ARV-117?', standing);
  expect(ticket('herg margin arv 117 arv117')).toBe(true);
  expect(ticket('margin')).toBe(false);
});

test('a question of which nothing is a word to look for is never answered by chance', () => {
  expect(asked('How does the?', {})('anything')).toBe(false);
});
