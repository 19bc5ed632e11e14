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

/**
 * The words of a text as they are matched, in order: lower case, Latin letters without diacritics, cut by the Unicode
 * rules with the dictionaries for Japanese, Chinese and Thai. Identifiers that hold a digit come whole as well: `AP-031`
 * gives ap, 031 and ap031. The same function serves the index and the question.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const plain = text.normalize('NFKC').toLowerCase();
  for (const { segment, isWordLike } of segmenter.segment(plain)) {
    if (!isWordLike) continue;
    for (const part of segment.split('_')) {
      const word = folded(part);
      if (word !== '' && word.length <= LONGEST_WORD) words.push(word);
    }
  }
  for (const [identifier] of plain.matchAll(IDENTIFIER)) {
    const whole = folded(identifier.replace(/[-_/]/g, ''));
    if (/\d/.test(whole) && /\p{L}/u.test(whole) && whole.length <= LONGEST_WORD) words.push(whole);
  }
  return words;
}

function folded(word: string): string {
  const bare = word.replace(/['’ʼ]s$/u, '').replace(/['’ʼ]/gu, '');
  // Only Latin: in Japanese the marks that this takes away tell one sound from another.
  if (!LATIN.test(bare)) return bare;
  return bare
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþı]/gu, (letter) => LETTERS_THAT_DO_NOT_DECOMPOSE[letter] ?? letter);
}
