import { expect, test } from 'vitest';
import { citationsChecked } from '../../../core/models/citation-check.ts';

const SOURCES = [
  { n: 1, surroundings: 'Cleaned equipment may be stored for at most 7 days. It is cleaned within 48 hours.' },
  { n: 2, surroundings: 'Employees have 28 days of paid vacation each year.' },
  { n: 3, surroundings: 'Passwords have at least 14 characters.' },
];

async function checked(text: string, size = 1): Promise<string> {
  async function* pieces() {
    for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
  }
  let out = '';
  for await (const piece of citationsChecked(pieces(), SOURCES)) out += piece;
  return out;
}

test.each([
  ['At most 7 days, when stored [3].', 'At most 7 days, when stored [1].'],
  ['7日間保管できます。[2]', '7日間保管できます。[1]'],
  ['28 [1]', '28 [2]'],
  ['There are 28 days of vacation [2][1].', 'There are 28 days of vacation [2].'],
  ['7 days (hold time) [2]', '7 days (hold time) [1]'],
  [
    'Stored for 7 days. [3] Passwords have 14 characters. [2]',
    'Stored for 7 days. [1] Passwords have 14 characters. [3]',
  ],
])('a mark whose passage says nothing of it goes to the one that does: %j', async (given, expected) => {
  for (const size of [1, 2, 3, 5, 100]) expect(await checked(given, size)).toBe(expected);
});

test.each([
  'Cleaned within 48 hours [1].',
  'You have 14 vacation days [2].',
  'Nine days of vacation [2].',
  'Nothing of this is anywhere [2].',
  'Words [9] and [x] and [12',
  'Array[0] or [ 1 ] or [[1]',
  '',
])('%j stays as it is', async (given) => {
  const once = await checked(given, 100);
  expect(once).toBe(given);
  for (const size of [1, 2, 3]) expect(await checked(given, size)).toBe(once);
});
