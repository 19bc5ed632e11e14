import { expect, test } from 'vitest';
import { chooseTerms } from '../../../core/retrieval/terms.ts';

const simple = (word: string) => ({ word, dictionary: 'simple', lexemes: [word] });
const stemmed = (dictionary: string, word: string, lexeme: string | null) => ({
  word,
  dictionary,
  lexemes: lexeme === null ? [] : [lexeme],
});

test('a word that the scope holds nowhere is not looked for, yet weighs against an answer', () => {
  const terms = chooseTerms(
    { variants: [simple('unicorn'), simple('policy')], counts: [{ term: 'policy', passages: 3 }] },
    100,
    ['unicorn', 'policy'],
  );
  expect(terms.matched.map(({ word }) => word)).toEqual(['policy']);
  expect(terms.total).toBeGreaterThan(2 * terms.matched[0]!.weight);
});

test('stop words of the question’s own language are dropped, those of others are words', () => {
  const variants = [
    ...['wie', 'die', 'war'].flatMap((word) => [
      simple(word),
      stemmed('german_stem', word, null),
      stemmed('english_stem', word, word),
    ]),
    simple('frist'),
    stemmed('german_stem', 'frist', 'frist'),
    stemmed('english_stem', 'frist', 'frist'),
  ];
  const counts = ['wie', 'die', 'war', 'frist'].map((term) => ({ term, passages: 2 }));
  expect(chooseTerms({ variants, counts }, 50, ['wie', 'die', 'war', 'frist']).matched.map(({ word }) => word)).toEqual(
    ['frist'],
  );
});

test('the rarest words find, at most eight, and a thousand passages are enough', () => {
  const words = Array.from({ length: 12 }, (_, n) => `word${n}`);
  const counts = words.map((term, n) => ({ term, passages: 100 + 50 * n }));
  const terms = chooseTerms({ variants: words.map(simple), counts }, 10_000, words);
  expect(terms.ranked.map(({ word }) => word)).toEqual(words.slice(0, 8));
  expect(terms.matched.map(({ word }) => word)).toEqual(words.slice(0, 5));
});

test('a word so common that it tells nothing is looked for only where there is no better one', () => {
  const counts = [
    { term: 'company', passages: 90 },
    { term: 'seal', passages: 1 },
  ];
  const found = (...words: string[]) =>
    chooseTerms({ variants: words.map(simple), counts }, 100, words).matched.map(({ word }) => word);
  expect(found('company', 'seal')).toEqual(['seal']);
  expect(found('company')).toEqual(['company']);
});

test('other words for the same are looked for beside the question’s own, and none of them weighs against an answer', () => {
  const counts = [
    { term: 'leave', passages: 4 },
    { term: 'day', passages: 20 },
  ];
  const variants = ['vacation', 'day', 'leave', 'holiday'].map(simple);
  const terms = chooseTerms({ variants, counts }, 100, ['vacation', 'day'], ['leave', 'holiday']);
  expect(terms.matched.map(({ word }) => word)).toEqual(['day', 'leave']);
  expect(terms.total).toBe(chooseTerms({ variants, counts }, 100, ['vacation', 'day']).total);
});
