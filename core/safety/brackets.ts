import { feed, type Sink } from './sink.ts';

const LONGEST_LABEL = 300;
const LONGEST_TARGET = 500;
const LONGEST_MARK = 60;
const LONGEST_RANGE = 20;

/**
 * Takes markdown's links and images apart: an allowed one stays a link, of the others the words stay. Citation marks
 * stay if they are citations: `[1, 2]`, `[1-3]`, `[^1]` and `【1†…】` become `[1]` marks, others are dropped.
 * `link` gives the piece for an allowed link, else undefined; `removed` is what stands where an address was taken out.
 */
export function bracketsResolved(
  next: Sink,
  link: (url: string, label: string) => string | undefined,
  isCitation: (n: number) => boolean,
  removed: string,
): Sink {
  let mode: 'text' | 'bang' | 'label' | 'after' | 'target' | 'mark' = 'text';
  let space = '';
  let bangs = '';
  let label = '';
  let depth = 0;
  let target = '';

  const isHolding = () => mode !== 'text';
  const flush = () => {
    feed(next, space + bangs);
    space = bangs = '';
  };
  const cite = (numbers: readonly number[]) => {
    const kept = numbers.filter(isCitation);
    if (kept.length === 0) space = '';
    flush();
    feed(next, kept.map((n) => `[${n}]`).join(''));
  };
  const closeLabel = () => {
    const text = label;
    mode = 'text';
    const numbers = citationNumbers(text);
    if (numbers) return cite(numbers);
    flush();
    next.char('[');
    feed(sink, `${text}]`);
  };
  const closeLink = () => {
    const [url = ''] = target.trim().split(/\s/);
    if (!looksLikeTarget(target) && !target.includes(removed)) {
      const rest = `(${target})`;
      closeLabel();
      return feed(sink, rest);
    }
    const text = label;
    const numbers = citationNumbers(text);
    const piece = link(url, text);
    mode = 'text';
    if (piece === undefined && numbers) return cite(numbers);
    bangs = '';
    flush();
    if (piece !== undefined) next.atom(piece);
    else feed(sink, text);
  };
  const closeMark = () => {
    const [digits] = /^\d{1,3}/.exec(label) ?? [];
    const text = label;
    mode = 'text';
    if (digits !== undefined) return cite([Number(digits)]);
    flush();
    next.char('【');
    feed(sink, `${text}】`);
  };
  /** What was held was no link: it is text, in which another may begin. */
  const giveUp = () => {
    const was = mode;
    const rest = was === 'target' ? `(${target}` : label;
    if (was === 'after' || was === 'target') closeLabel();
    else {
      mode = 'text';
      flush();
      if (was !== 'bang') next.char(was === 'label' ? '[' : '【');
    }
    if (was === 'label' || was === 'mark' || was === 'target') feed(sink, rest);
  };
  const begin = (opened: 'label' | 'mark') => {
    mode = opened;
    label = target = '';
    depth = 0;
  };

  const inText = (char: string) => {
    if (char === '[') return begin('label');
    if (char === '【') return begin('mark');
    flush();
    if (char === ' ') space = char;
    else if (char === '!') {
      mode = 'bang';
      bangs = char;
    } else next.char(char);
  };
  const inLabel = (char: string) => {
    if (char === ']' && depth === 0) {
      mode = 'after';
      return;
    }
    label += char;
    if (char === '[') depth += 1;
    if (char === ']') depth -= 1;
    if (char === '\n' || label.length > LONGEST_LABEL) giveUp();
  };
  const inTarget = (char: string) => {
    if (char === ')' && depth === 0) return closeLink();
    target += char;
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === '\n' || target.length > LONGEST_TARGET) giveUp();
  };

  const sink: Sink = {
    char(char) {
      if (mode === 'text') inText(char);
      else if (mode === 'label') inLabel(char);
      else if (mode === 'target') inTarget(char);
      else if (mode === 'bang') {
        if (char === '!') bangs += char;
        else {
          mode = 'text';
          if (char === '[') begin('label');
          else sink.char(char);
        }
      } else if (mode === 'after') {
        if (char === '(') {
          mode = 'target';
          depth = 0;
        } else {
          closeLabel();
          sink.char(char);
        }
      } else if (char === '】') closeMark();
      else {
        label += char;
        if (char === '\n' || label.length > LONGEST_MARK) giveUp();
      }
    },
    atom(text) {
      if (mode !== 'text') return feed(sink, text);
      flush();
      next.atom(text);
    },
    end() {
      while (isHolding()) giveUp();
      flush();
      next.end();
    },
  };
  return sink;
}

/** The numbers of `1`, `^1`, `1, 2`, `1-3`, `Source 1`; undefined where a label is something else, as `[0-9]` is. */
export function citationNumbers(label: string): number[] | undefined {
  const bare = label.trim().replace(/^\^|^(sources?|documents?|quellen?|dokumente?)\s+/i, '');
  if (!/^\d{1,3}(\s*(,|;|&|and|und|-|–)\s*\d{1,3})*$/.test(bare)) return undefined;
  const numbers: number[] = [];
  for (const part of bare.split(/\s*(?:,|;|&|and|und)\s*/)) {
    const [from = 0, to = from] = part.split(/\s*[-–]\s*/).map(Number);
    for (let n = from; n <= to && n < from + LONGEST_RANGE; n += 1) numbers.push(n);
  }
  return numbers.includes(0) ? undefined : [...new Set(numbers)];
}

/** Whether what stands in the parentheses could be an address, not the words of `[Ca2+](aq)` or `[1] (see above)`. */
const looksLikeTarget = (target: string): boolean =>
  /^\s*\S*[:/.#?%\\&]\S*\s*$/.test(target) || /^\s*\S+\s+(["'(]).*["')]\s*$/s.test(target) || target.trim() === '';
