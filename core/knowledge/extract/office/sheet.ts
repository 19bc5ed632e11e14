import { readXml } from './xml.ts';

/** How a number is shown: as a date, a time, a share, or as it is. */
export type CellFormat = 'number' | 'date' | 'time' | 'date-time' | 'percent';
export type SheetContext = { strings: readonly string[]; formats: readonly CellFormat[]; from1904: boolean };

const MAX_COLUMNS = 2_000;
const BUILT_IN: Readonly<Record<number, CellFormat>> = {
  9: 'percent',
  10: 'percent',
  14: 'date',
  15: 'date',
  16: 'date',
  17: 'date',
  18: 'time',
  19: 'time',
  20: 'time',
  21: 'time',
  22: 'date-time',
  45: 'time',
  46: 'time',
  47: 'time',
};

/** The texts that cells refer to by number; phonetic guides are left out. */
export function readSharedStrings(xml: string | null): string[] {
  const strings: string[] = [];
  let current = '';
  let reading = false;
  let phonetic = false;
  if (xml !== null)
    readXml(xml, {
      open(name) {
        if (name === 'si') current = '';
        if (name === 'rPh') phonetic = true;
        reading = name === 't' && !phonetic;
      },
      close(name) {
        if (name === 'si') strings.push(current);
        if (name === 'rPh') phonetic = false;
        reading = false;
      },
      text: (text) => void (current += reading ? text : ''),
    });
  return strings;
}

/** The format of each cell style by its number. */
export function readCellFormats(xml: string | null): CellFormat[] {
  const own = new Map<number, CellFormat>();
  const formats: CellFormat[] = [];
  let inCells = false;
  if (xml !== null)
    readXml(xml, {
      open(name, attribute) {
        const id = Number(attribute('numFmtId') ?? 0);
        if (name === 'numFmt') own.set(id, formatOf(attribute('formatCode') ?? ''));
        else if (name === 'cellXfs') inCells = true;
        else if (name === 'xf' && inCells) formats.push(own.get(id) ?? BUILT_IN[id] ?? 'number');
      },
      close: (name) => void (inCells = name === 'cellXfs' ? false : inCells),
    });
  return formats;
}

function formatOf(code: string): CellFormat {
  const bare = code.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '').toLowerCase();
  if (bare.includes('%')) return 'percent';
  const [day, hour] = [/[dy]|mmm/.test(bare), /[hs]/.test(bare)];
  if (day) return hour ? 'date-time' : 'date';
  return hour ? 'time' : 'number';
}

/** The rows of a sheet as shown texts; empty cells between are kept, so that a value stays in its column. */
export function readSheet(xml: string, context: SheetContext): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let column = 0;
  let type = 'n';
  let format: CellFormat = 'number';
  let value = '';
  let reading = false;
  readXml(xml, {
    open(name, attribute) {
      if (name === 'row') [row, column] = [[], 0];
      else if (name === 'c') {
        column = columnOf(attribute('r')) ?? column;
        type = attribute('t') ?? 'n';
        format = context.formats[Number(attribute('s') ?? 0)] ?? 'number';
        value = '';
      }
      reading = name === 'v' || name === 't';
    },
    close(name) {
      if (name === 'c') {
        if (value !== '' && column < MAX_COLUMNS) {
          while (row.length < column) row.push('');
          row[column] = shown(value, type, format, context);
        }
        column += 1;
      } else if (name === 'row' && row.length > 0) rows.push(row);
      reading = false;
    },
    text: (text) => void (value += reading ? text : ''),
  });
  return rows;
}

/** `BC12` is column 54, from 0; null where the cell does not say. */
function columnOf(reference: string | null): number | null {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return null;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function shown(value: string, type: string, format: CellFormat, { strings, from1904 }: SheetContext): string {
  if (type === 's') return strings[Number(value)] ?? '';
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  const number = Number(value);
  if (type !== 'n' || !Number.isFinite(number)) return value;
  if (format === 'number') return plain(number);
  if (format === 'percent') return `${plain(number * 100)}%`;
  return shownDate(number, format, from1904);
}

/** Fifteen digits are what Excel keeps; more are traces of binary fractions. */
const plain = (number: number): string => String(Number(number.toPrecision(15)));

function shownDate(serial: number, format: CellFormat, from1904: boolean): string {
  const days = serial + (from1904 ? 1462 : 0);
  // Excel counts from 1900 and believes in a 29 February of that year.
  const milliseconds = Math.round((days - (days < 60 ? 25_568 : 25_569)) * 86_400) * 1_000;
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return plain(serial);
  const iso = date.toISOString();
  if (format === 'time') return iso.slice(11, 19);
  return format === 'date' || iso.endsWith('T00:00:00.000Z')
    ? iso.slice(0, 10)
    : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
