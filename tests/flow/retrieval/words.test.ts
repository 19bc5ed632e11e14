import { expect, test } from 'vitest';
import { cutWords, wordsOf } from '../../../core/retrieval/words.ts';

test('Latin words lose case and diacritics, and keep how they were spelled', () => {
  expect(wordsOf('Prüfung der Straße, CAFÉ crème')).toEqual(['prufung', 'der', 'strasse', 'cafe', 'creme']);
  expect(cutWords('für')).toEqual([{ word: 'fur', spelled: 'für' }]);
});

test('Japanese keeps its marks and is cut into words', () => {
  expect(wordsOf('がん検査')).toContain('がん');
  expect(wordsOf('有給休暇は年間20日です')).toEqual(expect.arrayContaining(['休暇', '20']));
});

test('an identifier is its parts and itself, however its joints are written', () => {
  expect(wordsOf('AP-031')).toEqual(['ap', '031', 'ap031']);
  expect(wordsOf('ap031')).toEqual(['ap031']);
  expect(wordsOf('Caco-2')).toContain('caco2');
  expect(wordsOf('F_DM_31')).toEqual(['f', 'dm', '31', 'fdm31']);
  expect(wordsOf('Reply-to-all')).toEqual(['reply', 'to', 'all']);
});

test('possessives and quotes are no part of a word, and what is longer than a word is none', () => {
  expect(wordsOf("the company's “rules”")).toEqual(['the', 'company', 'rules']);
  expect(wordsOf('x'.repeat(200))).toEqual([]);
});
