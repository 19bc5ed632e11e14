import type { Sink } from './sink.ts';

/**
 * Characters that nobody sees but programs read, first and last of each range: controls, soft hyphen, joiners, fillers,
 * zero width, direction, selectors, musical and shorthand formatting, tags.
 */
const INVISIBLE: readonly (readonly [number, number])[] = [
  [0x0, 0x8],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

const isInvisible = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0;
  return INVISIBLE.some(([first, last]) => code >= first && code <= last);
};

/** A text without what nobody sees; its lines stay. */
export const visible = (text: string): string => {
  let seen = '';
  for (const char of text.toWellFormed()) if (!isInvisible(char)) seen += char;
  return seen;
};

/** Takes UTF-16 units, gives whole characters that can be seen; first of all, so that nothing hides inside an address. */
export function invisibleRemoved(next: Sink): Sink {
  let high = '';
  return {
    char(unit) {
      const code = unit.charCodeAt(0);
      if (code >= 0xd800 && code <= 0xdbff) {
        high = unit;
        return;
      }
      const isLow = code >= 0xdc00 && code <= 0xdfff;
      const char = isLow ? high + unit : unit;
      high = '';
      if (isLow && char.length < 2) return;
      if (char === '\u2028' || char === '\u2029') next.char('\n');
      else if (!isInvisible(char)) next.char(char);
    },
    atom: (text) => next.atom(text),
    end: () => next.end(),
  };
}
