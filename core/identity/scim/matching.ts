import type { Filter, FilterValue } from './filter.ts';
import { refused } from './refusal.ts';
import { field, isObject } from './values.ts';

/** Whether one item of a list is meant by the filter of a path. Texts are compared in any spelling of case. */
export function fits(item: unknown, filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => fits(item, part));
    case 'or':
      return filter.parts.some((part) => fits(item, part));
    case 'not':
      return !fits(item, filter.part);
    case 'present':
      return partOf(item, filter.attribute) !== undefined;
    case 'compare': {
      const same = alike(partOf(item, filter.attribute), filter.value);
      if (filter.comparison === 'eq') return same;
      if (filter.comparison === 'ne') return !same;
      throw refused('invalidFilter', 'In a path only eq, ne and pr can be used');
    }
    case 'item':
      throw refused('invalidFilter', 'A filter in a path cannot hold another one');
  }
}

const partOf = (item: unknown, name: string): unknown =>
  isObject(item) ? field(item, name) : name === 'value' ? item : undefined;

const alike = (value: unknown, wanted: FilterValue): boolean => plain(value) === plain(wanted);
const plain = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).toLowerCase()
    : '';

/** What must hold of an item that is made because none fits: `type eq "work"` makes one of that type. Null where that can't be said. */
export function madeBy(filter: Filter): Record<string, FilterValue> | null {
  if (filter.kind === 'compare' && filter.comparison === 'eq') return { [filter.attribute]: filter.value };
  if (filter.kind !== 'and') return null;
  const parts = filter.parts.map(madeBy);
  return parts.includes(null) ? null : (Object.assign({}, ...parts) as Record<string, FilterValue>);
}

/** The values that `value eq "a" or value eq "b"` names; null where the filter says something else. */
export function valuesNamed(filter: Filter): string[] | null {
  if (filter.kind === 'compare')
    return filter.attribute === 'value' && filter.comparison === 'eq' && typeof filter.value === 'string'
      ? [filter.value]
      : null;
  if (filter.kind !== 'or') return null;
  const parts = filter.parts.map(valuesNamed);
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}
