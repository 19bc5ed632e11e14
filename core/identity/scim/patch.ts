import { parsePath, type Path } from './path.ts';
import { refused } from './refusal.ts';
import { field, isObject, type Json } from './values.ts';

const VERBS = ['add', 'replace', 'remove'] as const;
export type Verb = (typeof VERBS)[number];

/** One change to one attribute. A change that names no attribute, but an object of them, has become one for each. */
export type Change = Readonly<{ verb: Verb; path: Path; value: unknown }>;

const MOST_CHANGES = 10_000;

/**
 * The changes of a PATCH (RFC 7644, section 3.5.2), as Okta and Entra send them: verbs in any spelling of case, objects with
 * dotted keys in place of a path. @throws AppError 'bad_input' with a scimType.
 */
export function readPatch(sent: Json): Change[] {
  const operations = field(sent, 'Operations');
  if (!Array.isArray(operations) || operations.length === 0)
    throw refused('invalidSyntax', 'A PATCH holds a list of Operations');
  const changes = operations.flatMap((operation: unknown) => changesIn(operation));
  if (changes.length > MOST_CHANGES) throw refused('invalidSyntax', `A PATCH holds up to ${MOST_CHANGES} changes`);
  return changes;
}

function changesIn(operation: unknown): Change[] {
  if (!isObject(operation)) throw refused('invalidSyntax', 'An operation must be an object');
  const said = field(operation, 'op');
  const verb = VERBS.find((each) => typeof said === 'string' && each === said.toLowerCase());
  if (!verb) throw refused('invalidSyntax', 'op must be add, replace or remove');
  const path = field(operation, 'path');
  const value = field(operation, 'value');
  if (typeof path === 'string' && path.trim() !== '') return [{ verb, path: parsePath(path), value }];
  if (path !== undefined && path !== null && path !== '') throw refused('invalidPath', 'A path must be a text');
  if (verb === 'remove') throw refused('noTarget', 'A removal needs a path');
  if (!isObject(value)) throw refused('invalidSyntax', 'Without a path the value must be an object of attributes');
  return Object.entries(value)
    .filter(([key]) => !SAID_AGAIN.has(key.toLowerCase()))
    .map(([key, part]) => ({ verb, path: parsePath(key), value: part }));
}

/** What some clients repeat of a resource in an object that changes other attributes of it. */
const SAID_AGAIN: ReadonlySet<string> = new Set(['schemas', 'id']);
