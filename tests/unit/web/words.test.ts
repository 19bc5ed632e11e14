import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { allWords, WORDS } from '../../../portal/web/src/i18n/words.ts';

const SOURCES = path.resolve(import.meta.dirname, '../../../portal/web/src');
const LUCIDE = path.resolve(import.meta.dirname, '../../../node_modules/@iconify-json/lucide/icons.json');

type Tree = { [key: string]: string | Tree };

const flat = (tree: Tree, before = ''): Map<string, string> =>
  new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${before}${key}`, value] as const] : [...flat(value, `${before}${key}.`)],
    ),
  );

const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(vue|ts)$/.test(file))
  .map((file) => ({ file, text: readFileSync(path.join(SOURCES, file), 'utf8') }));

const english = flat(allWords.en);
const german = flat(allWords.de);
const gaps = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => name).toSorted();

describe('the words of the portal', () => {
  test('no key is missing in one of the languages', () => {
    expect([...german.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  test('no sentence loses one of its gaps, or its plural, in translation', () => {
    for (const [key, sentence] of english) {
      const other = german.get(key) ?? '';
      expect(new Set(gaps(other)), key).toEqual(new Set(gaps(sentence)));
      expect(other.split(' | '), key).toHaveLength(sentence.split(' | ').length);
    }
  });

  test('no sentence is left in English', () => {
    const same = [...english].filter(
      ([key, sentence]) => german.get(key) === sentence && sentence.split(' ').length > 2,
    );
    expect(same).toEqual([]);
  });

  test('no two topics use the same name, so that none hides the words of another', () => {
    const names = Object.values(WORDS).flatMap((topic) => Object.keys(topic.en));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('every word that a page asks for is there', () => {
    const missing = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*'([\w.]+)'/gu)]
        .filter(([, key]) => !english.has(key!))
        .map(([, key]) => `${file}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  test('no word stands there that no page asks for', () => {
    const text = sources
      .filter(({ file }) => !file.endsWith('.words.ts'))
      .map((source) => source.text)
      .join('\n');
    const made = [...text.matchAll(/`([a-z_A-Z.]+\.)\$\{/gu)].map(([, start]) => start!);
    // `${name}.tab` and the like: only the end is written out.
    const ends = [...text.matchAll(/`\$\{\w+\}(\.\w+)`/gu)].map(([, end]) => end!);
    const unused = [...english.keys()].filter(
      (key) =>
        !text.includes(`'${key}'`) &&
        !made.some((start) => key.startsWith(start)) &&
        !ends.some((end) => key.endsWith(end)) &&
        !key.startsWith('problem.'),
    );
    expect(unused).toEqual([]);
  });

  test('every icon that a page names is in the bundled set', () => {
    const { icons, aliases } = JSON.parse(readFileSync(LUCIDE, 'utf8')) as Record<'icons' | 'aliases', object>;
    const missing = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/i-lucide-([a-z0-9-]+)/gu)]
        .filter(([, name]) => !Object.hasOwn(icons, name!) && !Object.hasOwn(aliases, name!))
        .map(([, name]) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
