import { meaningfulWords } from './sentences.ts';

type Source = { n: number; surroundings: string };

const MARK_SO_FAR = /^\[\d{0,2}$/;
const MARK = /^\[(\d{1,2})\]$/;

/**
 * Moves a citation mark whose passage shares no word, or none of its numbers, with the sentence before it to the one
 * passage that has all the numbers and shares more: small models find the fact and then miscount. In doubt a mark stays.
 * Holds back nothing but a mark itself.
 */
export async function* citationsChecked(
  parts: AsyncIterable<string>,
  sources: readonly Source[],
): AsyncGenerator<string> {
  const right = rightMark(sources);
  const marks = new Set<number>();
  let sentence = '';
  let ended = false;
  let held = '';
  for await (const part of parts) {
    let ready = '';
    for (const char of part) {
      if (held !== '' || char === '[') {
        if (char === '[') {
          ready += held;
          held = '';
        }
        held += char;
        if (MARK_SO_FAR.test(held)) continue;
        const n = Number(MARK.exec(held)?.[1] ?? 0);
        const moved = n > 0 ? right(n, sentence) : n;
        // Moved to where its neighbour already points, it says nothing more.
        if (moved === n || !marks.has(moved)) ready += n > 0 ? `[${moved}]` : held;
        marks.add(moved);
        held = '';
        continue;
      }
      // What follows the end of a sentence is the next one; its marks may still stand between them.
      if (ended && /[\p{L}\p{N}]/u.test(char)) {
        sentence = '';
        marks.clear();
        ended = false;
      } else if (char === '\n' || char === '。' || (/\s/.test(char) && /[.!?]$/.test(sentence))) ended = true;
      sentence += char;
      ready += char;
    }
    if (ready !== '') yield ready;
  }
  if (held !== '') yield held;
}

/** A model writes `5` where the passage says `five`. */
const NUMBERS = new Map(
  'one two three four five six seven eight nine ten eleven twelve|eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'
    .split('|')
    .flatMap((line) => meaningfulWords(line).map((word, i) => [word, String(i + 1)] as const)),
);
const wordsOf = (text: string): Set<string> => new Set(meaningfulWords(text).map((word) => NUMBERS.get(word) ?? word));

function rightMark(sources: readonly Source[]): (n: number, sentence: string) => number {
  let words: Map<number, Set<string>> | undefined;
  return (n, sentence) => {
    words ??= new Map(sources.map((source) => [source.n, wordsOf(source.surroundings)]));
    const own = words.get(n);
    if (!own) return n;
    const said = [...wordsOf(sentence)];
    const numbers = said.filter((word) => /\d/.test(word));
    const shared = (other: Set<string>) => said.filter((word) => other.has(word)).length;
    const says = shared(own);
    if (says > 0 && (numbers.length === 0 || numbers.some((number) => own.has(number)))) return n;
    const better = [...words]
      .map(([other, its]) => ({ other, count: numbers.every((number) => its.has(number)) ? shared(its) : 0 }))
      .filter(({ count }) => count > says)
      .toSorted((one, two) => two.count - one.count);
    const [best, next] = better;
    return best && best.count !== next?.count ? best.other : n;
  };
}
