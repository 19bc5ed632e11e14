import type { NamePosition } from '../../core/access/actor.ts';
import { AppError } from '../../core/errors.ts';

/** A list's page from one item more than asked for: whether there is a next one, and where it begins. */
export function pageOf<Item, Shown>(
  found: readonly Item[],
  limit: number,
  position: (item: Item) => readonly string[],
  show: (item: Item) => Shown,
): { items: Shown[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return {
    items: items.map(show),
    nextCursor: more ? Buffer.from(JSON.stringify(position(last))).toString('base64url') : null,
  };
}

/** The place that a cursor names: as many words as the list's order has. @throws AppError 'bad_input'. */
function positionOf(cursor: string | undefined, words: number): string[] | null {
  if (cursor === undefined) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(parts) &&
      parts.length === words &&
      parts.every((part) => typeof part === 'string' && !part.includes('\0'))
    )
      return parts;
  } catch {
    // The sentence below says it.
  }
  throw elsewhere();
}

const elsewhere = (): AppError =>
  new AppError('bad_input', 'This cursor comes from another list: begin with the first page');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The place in a list that is ordered by name and id. */
export function namePosition(cursor: string | undefined): NamePosition | null {
  const parts = positionOf(cursor, 2);
  if (parts === null) return null;
  const [name = '', id = ''] = parts;
  if (!UUID.test(id)) throw elsewhere();
  return { name, id };
}

/** The place in a list that is ordered by time and id. */
export function timePosition(cursor: string | undefined): { at: string; id: string } | null {
  const parts = positionOf(cursor, 2);
  if (parts === null) return null;
  const [at = '', id = ''] = parts;
  if (!UUID.test(id) || !isInstant(at)) throw elsewhere();
  return { at, id };
}

/** The place in a list with what is open before what is closed, each by time and id. */
export function openPosition(cursor: string | undefined): { open: boolean; at: string; id: string } | null {
  const parts = positionOf(cursor, 3);
  if (parts === null) return null;
  const [state = '', at = '', id = ''] = parts;
  if (!['open', 'closed'].includes(state) || !UUID.test(id) || !isInstant(at)) throw elsewhere();
  return { open: state === 'open', at, id };
}

/** Exactly as we write them: what another calendar would have to guess at, such as a 30th of February, is none. */
function isInstant(text: string): boolean {
  const at = Date.parse(text);
  return at > 0 && new Date(at).toISOString() === text && text.length === 24;
}

export const byName = (item: { name: string; id: string }): string[] => [item.name, item.id];

export const byTime = (item: { at: Date; id: string }): string[] => [item.at.toISOString(), item.id];

export const byOpen = (item: { open: boolean; at: Date; id: string }): string[] => [
  item.open ? 'open' : 'closed',
  ...byTime(item),
];
