import type { Queryable } from '../storage/sql.ts';
import { lexemesOf } from './lexemes.sql.ts';
import { wordsOf } from './words.ts';

/** PostgreSQL counts positions up to this, and keeps so many of a lexeme. */
const LAST_POSITION = 16_383;
const MOST_POSITIONS = 255;
const REMEMBERED_WORDS = 50_000;

/** A: the document's title. B: the heading. D: the text itself. */
export type SearchText = Readonly<{ title: string; heading: string | null; text: string }>;

const remembered = new Map<string, readonly string[]>();

/**
 * What full text search sees of each passage, as literals of type tsvector. Stems come from PostgreSQL's dictionaries,
 * one statement for the words that this process has not met yet.
 */
export async function searchVectors(
  db: Queryable,
  dictionary: string,
  passages: readonly SearchText[],
): Promise<string[]> {
  const cut = passages.map(({ title, heading, text }) => ({
    A: wordsOf(title),
    B: wordsOf(heading ?? ''),
    D: wordsOf(text),
  }));
  const keyOf = (word: string): string => `${dictionary} ${word}`;
  const stems = new Map<string, readonly string[]>();
  const unknown = new Set<string>();
  for (const word of cut.flatMap(({ A, B, D }) => [...A, ...B, ...D])) {
    const known = remembered.get(keyOf(word));
    if (known) stems.set(word, known);
    else unknown.add(word);
  }
  if (unknown.size > 0) {
    if (remembered.size > REMEMBERED_WORDS) remembered.clear();
    for (const { word, lexemes } of await lexemesOf(db, dictionary, [...unknown])) {
      stems.set(word, lexemes);
      remembered.set(keyOf(word), lexemes);
    }
  }
  return cut.map((words) => literal(words, stems));
}

function literal(words: Record<'A' | 'B' | 'D', string[]>, stems: ReadonlyMap<string, readonly string[]>): string {
  const places = new Map<string, string[]>();
  let position = 0;
  for (const weight of ['A', 'B', 'D'] as const)
    for (const word of words[weight]) {
      position = Math.min(position + 1, LAST_POSITION);
      for (const lexeme of stems.get(word) ?? []) {
        const at = places.get(lexeme) ?? [];
        if (at.length < MOST_POSITIONS) at.push(`${position}${weight === 'D' ? '' : weight}`);
        places.set(lexeme, at);
      }
    }
  return [...places].map(([lexeme, at]) => `${quoted(lexeme)}:${at.join(',')}`).join(' ');
}

/** A lexeme inside a literal of type tsvector or tsquery. */
export const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
