import { refused } from './refusal.ts';

export const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type FilterValue = string | number | boolean | null;

/** A filter of RFC 7644, section 3.4.2.2, taken apart. Names of attributes are in lower case and without the core schema's name. */
export type Filter =
  | Readonly<{ kind: 'and' | 'or'; parts: readonly Filter[] }>
  | Readonly<{ kind: 'not'; part: Filter }>
  | Readonly<{ kind: 'compare'; attribute: string; comparison: Comparison; value: FilterValue }>
  | Readonly<{ kind: 'present'; attribute: string }>
  /** One item of a list that fits: `emails[type eq "work"]`. */
  | Readonly<{ kind: 'item'; attribute: string; part: Filter }>;

const MOST_CHARACTERS = 4_000;
const MOST_WORDS = 400;

const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(?:user|group):/;

/** An attribute's name as filters and paths are compared by. */
export const plainName = (name: string): string => name.toLowerCase().replace(CORE, '');

/** @throws AppError 'bad_input' with scimType 'invalidFilter'. */
export function parseFilter(text: string): Filter {
  if (text.length > MOST_CHARACTERS) throw wrong();
  const words = wordsOf(text);
  if (words.length > MOST_WORDS) throw wrong();
  const reader: Reader = { words, at: 0 };
  const filter = either(reader);
  if (reader.at < words.length) throw wrong();
  return filter;
}

const wrong = () => refused('invalidFilter', 'This filter cannot be read');

// A word is a bracket, a text in quotation marks, or whatever stands between.
type Reader = { words: readonly string[]; at: number };

function wordsOf(text: string): string[] {
  const words: string[] = [];
  const next = /\s+|([()[\]])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+)/y;
  while (next.lastIndex < text.length) {
    const found = next.exec(text);
    if (!found) throw wrong();
    const word = found[1] ?? found[2] ?? found[3];
    if (word !== undefined) words.push(word);
  }
  return words;
}

const peek = ({ words, at }: Reader): string => words[at]?.toLowerCase() ?? '';

function take(reader: Reader): string {
  const word = reader.words[reader.at];
  if (word === undefined) throw wrong();
  reader.at += 1;
  return word;
}

function takeOnly(reader: Reader, expected: string): void {
  if (take(reader) !== expected) throw wrong();
}

const either = (reader: Reader): Filter => joined(reader, 'or', (r) => joined(r, 'and', one));

function joined(reader: Reader, kind: 'and' | 'or', part: (reader: Reader) => Filter): Filter {
  const parts = [part(reader)];
  while (peek(reader) === kind) {
    take(reader);
    parts.push(part(reader));
  }
  return parts.length === 1 ? parts[0]! : { kind, parts };
}

function one(reader: Reader): Filter {
  if (peek(reader) === 'not' && reader.words[reader.at + 1] === '(') {
    take(reader);
    return { kind: 'not', part: bracketed(reader) };
  }
  if (peek(reader) === '(') return bracketed(reader);
  const attribute = nameIn(take(reader));
  return peek(reader) === '[' ? item(reader, attribute) : condition(reader, attribute);
}

function bracketed(reader: Reader): Filter {
  takeOnly(reader, '(');
  const inner = either(reader);
  takeOnly(reader, ')');
  return inner;
}

/** `emails[type eq "work"]`, or `emails[type eq "work"].value eq "…"`, which asks the same of one item. */
function item(reader: Reader, attribute: string): Filter {
  takeOnly(reader, '[');
  const part = either(reader);
  takeOnly(reader, ']');
  if (!peek(reader).startsWith('.')) return { kind: 'item', attribute, part };
  const also = condition(reader, nameIn(take(reader).slice(1)));
  return { kind: 'item', attribute, part: { kind: 'and', parts: [part, also] } };
}

function condition(reader: Reader, attribute: string): Filter {
  const word = take(reader).toLowerCase();
  if (word === 'pr') return { kind: 'present', attribute };
  const comparison = COMPARISONS.find((each) => each === word);
  if (!comparison) throw wrong();
  return { kind: 'compare', attribute, comparison, value: valueIn(take(reader)) };
}

function nameIn(word: string): string {
  const name = plainName(word);
  if (!/^[a-z$][\w$:.-]*$/.test(name)) throw wrong();
  return name;
}

function valueIn(word: string): FilterValue {
  const plain = /^(true|false|null)$/i.test(word) ? word.toLowerCase() : word;
  try {
    const value: unknown = JSON.parse(plain);
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as FilterValue;
  } catch {
    // Not a value: said below.
  }
  throw wrong();
}
