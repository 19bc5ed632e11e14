import { readXml } from './xml.ts';

type Level = { format: string; text: string; start: number };

/** Gives the mark of a paragraph in a numbered or bulleted list, such as `2.1`, and counts on. */
export type Numbering = (numberingId: string, level: number) => string;

/** Reads Word's lists from numbering.xml. A list that is not described there gets a dash. */
export function readNumbering(xml: string | null): Numbering {
  const { levels, listOf } = readLists(xml);
  const counters = new Map<string, number[]>();
  return (numberingId, depth) => {
    const list = listOf.get(numberingId);
    const definition = list === undefined ? undefined : levels.get(list);
    const level = definition?.[depth];
    if (list === undefined || !definition || !level || level.format === 'bullet') return '-';
    const counts = counters.get(list) ?? [];
    counts[depth] = (counts[depth] ?? level.start - 1) + 1;
    counts.length = depth + 1;
    counters.set(list, counts);
    return level.text.replace(/%([1-9])/g, (_, digit) => {
      const at = Number(digit) - 1;
      return numeral(counts[at] ?? definition[at]?.start ?? 1, definition[at]?.format ?? 'decimal');
    });
  };
}

function readLists(xml: string | null): { levels: Map<string, Level[]>; listOf: Map<string, string> } {
  const levels = new Map<string, Level[]>();
  const listOf = new Map<string, string>();
  let abstract: Level[] = [];
  let current: Level | null = null;
  let number = '';
  if (xml !== null)
    readXml(xml, {
      open(name, attribute) {
        const value = attribute('val') ?? '';
        if (name === 'abstractNum') levels.set(attribute('abstractNumId') ?? '', (abstract = []));
        else if (name === 'lvl')
          abstract[Number(attribute('ilvl') ?? 0)] = current = { format: 'decimal', text: '', start: 1 };
        else if (name === 'num') number = attribute('numId') ?? '';
        else if (name === 'abstractNumId') listOf.set(number, value);
        else if (current !== null && name === 'numFmt') current.format = value;
        else if (current !== null && name === 'lvlText') current.text = value;
        else if (current !== null && name === 'start') current.start = Number(value) || 1;
      },
      close: (name) => void (current = name === 'lvl' ? null : current),
    });
  return { levels, listOf };
}

function numeral(value: number, format: string): string {
  if (format === 'none') return '';
  const letter = String.fromCharCode(97 + ((value - 1) % 26));
  if (format === 'lowerLetter') return letter;
  if (format === 'upperLetter') return letter.toUpperCase();
  if (format === 'lowerRoman') return roman(value);
  if (format === 'upperRoman') return roman(value).toUpperCase();
  return String(value);
}

const ROMAN = [
  ['m', 1000],
  ['cm', 900],
  ['d', 500],
  ['cd', 400],
  ['c', 100],
  ['xc', 90],
  ['l', 50],
  ['xl', 40],
  ['x', 10],
  ['ix', 9],
  ['v', 5],
  ['iv', 4],
  ['i', 1],
] as const;

function roman(value: number): string {
  let rest = Math.min(value, 3_999);
  let text = '';
  for (const [sign, worth] of ROMAN) for (; rest >= worth; rest -= worth) text += sign;
  return text;
}
