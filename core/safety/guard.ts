import { ENDING_MARKS, type Sink } from './sink.ts';
import { AFTER_PLAIN_SIGN } from './tags.ts';

/** A citation mark with words before it in its line: `[1]:` there is no link's definition, so it may stay. */
const MARK_IN_SENTENCE = /\p{L}.*\[\d{1,3}\]$/u;
const OPEN_MARK = /\[([1-9]\d{0,2})$/;
const LINE_CHARS = 200;

/**
 * The last look at what leaves: pairs of signs that would make a link, an image, a link's definition or a tag are kept
 * apart, whatever was taken out between them, and an allowed address stays apart from what follows it.
 */
export function pairsKeptApart(give: (text: string) => void, isCitation: (n: number) => boolean): Sink {
  let last = '';
  let line = '';
  let afterAddress = false;
  const isFalseMark = (text: string) => {
    const digits = OPEN_MARK.exec(text)?.[1];
    return digits !== undefined && !isCitation(Number(digits));
  };
  const isPair = (char: string) =>
    (last === ']' && (char === '(' || (char === ':' && !MARK_IN_SENTENCE.test(line)))) ||
    (last === '!' && char === '[') ||
    (char === ']' && isFalseMark(line)) ||
    (last === '<' && !AFTER_PLAIN_SIGN.test(char)) ||
    (afterAddress && !/\s/.test(char) && !ENDING_MARKS.includes(char));
  return {
    char(char) {
      if (isPair(char)) give(' ');
      if (!ENDING_MARKS.includes(char)) afterAddress = false;
      last = char;
      line = char === '\n' ? '' : (line + char).slice(-LINE_CHARS);
      give(char);
    },
    atom(text) {
      const isAddress = !text.startsWith('[');
      if (isPair(text.charAt(0)) || (isAddress && /[a-z0-9]/i.test(last))) give(' ');
      afterAddress = isAddress;
      last = text.at(-1) ?? '';
      line = (line + text).slice(-LINE_CHARS);
      give(text);
    },
    end: () => undefined,
  };
}
