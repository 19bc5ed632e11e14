import { refused } from './refusal.ts';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an object holds under a name in any spelling of case, as SCIM compares names; undefined where it holds nothing. */
export function field(object: Json, name: string): unknown {
  const wanted = name.toLowerCase();
  return Object.entries(object).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** A single value, also where a client wraps it as `[{ "value": … }]`. */
function unwrapped(value: unknown): unknown {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isObject(one) && field(one, 'value') !== undefined ? field(one, 'value') : one;
}

/** A text, null where there is none. @throws AppError 'bad_input' with scimType 'invalidValue'. */
export function textIn(value: unknown, name: string, most: number): string | null {
  const plain = unwrapped(value);
  if (plain === undefined || plain === null) return null;
  if (typeof plain !== 'string' && typeof plain !== 'number') throw refused('invalidValue', `${name} must be a text`);
  const text = String(plain).trim().toWellFormed();
  if (text.length > most) throw refused('invalidValue', `${name} is longer than ${most} characters`);
  return text === '' ? null : text;
}

/** Yes or no, also as the words "True" and "False". Null where nothing is said. @throws AppError 'bad_input' with scimType 'invalidValue'. */
export function flagIn(value: unknown, name: string): boolean | null {
  const plain = unwrapped(value);
  if (plain === undefined || plain === null) return null;
  const word = typeof plain === 'string' ? plain.trim().toLowerCase() : plain;
  if (word === true || word === 'true') return true;
  if (word === false || word === 'false') return false;
  throw refused('invalidValue', `${name} must be true or false`);
}
