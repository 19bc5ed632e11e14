const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Leaves out what a reasoning model thinks aloud at the beginning, between `<think>` and `</think>`, where its server
 * does not take it out. Gives a function for the next piece of text; `''` while nothing may be shown.
 */
export function withoutThinking(): { next(piece: string): string; rest(): string } {
  let state: 'start' | 'inside' | 'after' = 'start';
  let held = '';
  const next = (piece: string): string => {
    if (state === 'after') return piece;
    held += piece;
    if (state === 'start') {
      const begun = held.trimStart();
      if (begun === '' || (begun.length < OPEN.length && OPEN.startsWith(begun))) return '';
      state = begun.startsWith(OPEN) ? 'inside' : 'after';
      if (state === 'after') return take();
    }
    const end = held.indexOf(CLOSE);
    if (end < 0) {
      held = held.slice(-CLOSE.length);
      return '';
    }
    held = held.slice(end + CLOSE.length).trimStart();
    state = 'after';
    return take();
  };
  const take = () => {
    const text = held;
    held = '';
    return text;
  };
  return { next, rest: () => (state === 'start' ? take() : '') };
}
