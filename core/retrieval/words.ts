const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** A longer word is no word but an encoded something, which nobody asks for. */
const LONGEST_WORD = 60;
const LATIN = /\p{Script=Latin}/u;
const LETTERS_THAT_DO_NOT_DECOMPOSE: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};
/** Parts of an identifier, such as AP-031 or F_DM_31: each is a word, and the whole without its joints is one, too. */
const IDENTIFIER = /[\p{L}\p{N}]+(?:[-_/][\p{L}\p{N}]+)+/gu;

/** `spelled`: in lower case, as it stands there, which the lists of stop words know. */
export type Word = Readonly<{ word: string; spelled: string }>;

/**
 * The words of a text as they are matched, in order: lower case, Latin letters without diacritics, cut by the Unicode
 * rules with the dictionaries for Japanese, Chinese and Thai. Identifiers that hold a digit come whole as well: `AP-031`
 * gives ap, 031 and ap031. The same function serves the index and the question.
 */
export function cutWords(text: string): Word[] {
  const words: Word[] = [];
  const plain = text.normalize('NFKC').toLowerCase();
  const add = (spelled: string): void => {
    const word = folded(spelled);
    if (word !== '' && word.length <= LONGEST_WORD) words.push({ word, spelled });
  };
  for (const { segment, isWordLike } of segmenter.segment(plain))
    if (isWordLike) for (const part of segment.split('_')) add(part);
  for (const { whole } of identifiersIn(plain)) add(whole);
  return words;
}

/** The identifiers that hold a digit and a letter, as words: without their joints, and their parts. */
export function identifiersIn(text: string): { whole: string; parts: string[] }[] {
  return [...text.normalize('NFKC').toLowerCase().matchAll(IDENTIFIER)]
    .map(([identifier]) => identifier.split(/[-_/]/).map(folded))
    .map((parts) => ({ whole: parts.join(''), parts }))
    .filter(({ whole }) => /\d/.test(whole) && /\p{L}/u.test(whole));
}

/** As `cutWords`, without how they were spelled. */
export const wordsOf = (text: string): string[] => cutWords(text).map(({ word }) => word);

function folded(word: string): string {
  const bare = word.replace(/['’ʼ]s$/u, '').replace(/['’ʼ]/gu, '');
  // Only Latin: in Japanese the marks that this takes away tell one sound from another.
  if (!LATIN.test(bare)) return bare;
  return bare
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþı]/gu, (letter) => LETTERS_THAT_DO_NOT_DECOMPOSE[letter] ?? letter);
}
