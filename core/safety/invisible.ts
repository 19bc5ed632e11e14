import type { Sink } from './sink.ts';

/** Ranges of characters that nobody sees but programs read: controls, zero width, direction, fillers, tags, selectors. */
const INVISIBLE =
  /^[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]$/u;

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
      else if (!INVISIBLE.test(char)) next.char(char);
    },
    atom: (text) => next.atom(text),
    end: () => next.end(),
  };
}
