/** In letters; one character of Chinese or Japanese says as much as three. */
const SHORTEST_LETTERS = 25;
const lettersIn = (text: string): number =>
  text.length + 2 * (text.match(/[\u3000-\u9fff\uac00-\ud7af]/g)?.length ?? 0);

const segmenters = {
  sentence: new Intl.Segmenter('en', { granularity: 'sentence' }),
  word: new Intl.Segmenter('en', { granularity: 'word' }),
};

/** The sentences of a text, lines apart; what is too short to say something goes with the sentence before it. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  for (const line of text.split(/\n+/)) {
    let startOfLine = true;
    for (const { segment } of segmenters.sentence.segment(line)) {
      const sentence = segment.trim();
      if (sentence === '') continue;
      const last = sentences.at(-1);
      if (!startOfLine && last !== undefined && lettersIn(sentence) < SHORTEST_LETTERS)
        sentences[sentences.length - 1] = `${last} ${sentence}`;
      else sentences.push(sentence);
      startOfLine = false;
    }
  }
  return sentences;
}

const WORDS_WITHOUT_MEANING = new Set(
  'a an and are as at be by can do does for from has have how i in is it its many may me much must my of on or our should that the their there this to was we what when where which who why will with you your der die das ein eine einen und oder ist sind war was wie wer wo wann welche welcher welches nicht mit von auf im in für zu zum zur bei den dem des ich wir sie es kann muss darf wird werden viele viel'.split(
    ' ',
  ),
);

/** The words of a text that carry its meaning, in small letters, the plainest endings off; Japanese and Thai are cut too. */
export function meaningfulWords(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenters.word.segment(text.toLowerCase())) {
    if (!isWordLike || WORDS_WITHOUT_MEANING.has(segment)) continue;
    words.push(stem(segment));
  }
  return words;
}

/** Enough that `days` meets `day` and `cleaned` meets `cleaning`; this orders sentences, it finds nothing. */
const stem = (word: string): string =>
  word.length > 4 ? word.replace(/(ing|ed|es|en|er|s|e|n)$/, '') : word.replace(/s$/, '');
