import type { ToldGroup } from '../providers/facts.ts';

export type Claims = Readonly<Record<string, unknown>>;

const MOST_GROUPS = 20_000;
const LONGEST_ID = 500;

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What stands at a path such as `realm_access.roles`; undefined where nothing does. A name that holds dots itself, as
 * `https://example.com/groups` does, is tried whole before it is taken apart.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const head = path.slice(0, dot);
    const inner = Object.hasOwn(claims, head) ? claims[head] : undefined;
    const found = isObject(inner) ? claimAt(inner, path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the first of these that speaks of a path says: an ID token goes before the user information. */
export const toldAt = (sources: readonly Claims[], path: string): unknown =>
  sources.map((claims) => claimAt(claims, path)).find((value) => value !== undefined);

export const textAt = (sources: readonly Claims[], path: string): string | undefined => {
  const value = toldAt(sources, path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

/**
 * A list of groups or roles: words, numbers, or objects with an id and perhaps a name. null is an empty list; what is none
 * of these is missing, since nobody can say what it means.
 */
export function listAt(sources: readonly Claims[], path: string): ToldGroup[] | 'missing' {
  const value = toldAt(sources, path);
  if (value === null) return [];
  const items: unknown[] | null = Array.isArray(value) ? value : typeof value === 'string' ? [value] : null;
  if (items === null || items.length > MOST_GROUPS) return 'missing';
  const told = items.map(groupOf);
  const groups = told.filter((group) => group !== null);
  return groups.length < told.length ? 'missing' : groups.filter(({ id }) => id !== '');
}

function groupOf(item: unknown): ToldGroup | null {
  if (typeof item === 'number') return { id: String(item) };
  if (typeof item === 'string') return item.length > LONGEST_ID ? null : { id: item.trim() };
  if (!isObject(item)) return null;
  const { id, name, displayName } = item;
  const label = [displayName, name].find((each) => typeof each === 'string');
  const known = typeof id === 'number' ? String(id) : id;
  if (typeof known !== 'string' || known.length > LONGEST_ID) return null;
  return label === undefined ? { id: known } : { id: known, label: label.slice(0, 200) };
}
