import { plainName } from '../../../core/identity/scim/filter.ts';

/** Which attributes a client wants: only these, or all but those. Names in lower case, perhaps with a part: `name.givenname`. */
export type Projection = Readonly<{ only: ReadonlySet<string> | null; without: ReadonlySet<string> }>;

const names = (list: string | undefined): string[] =>
  (list ?? '')
    .split(',')
    .map((each) => plainName(each.trim()))
    .filter((each) => each !== '');

export function projectionOf(query: Readonly<Record<string, unknown>>): Projection {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : undefined);
  const only = names(text('attributes'));
  return { only: only.length > 0 ? new Set(only) : null, without: new Set(names(text('excludedAttributes'))) };
}

/** Whether an attribute is wanted at all, so that what costs much need not be read. */
export const wants = ({ only, without }: Projection, name: string): boolean =>
  !without.has(name) && (only === null || [...only].some((each) => each === name || each.startsWith(`${name}.`)));

// A resource without its id would be nobody's (RFC 7643, "returned": "always").
const ALWAYS = new Set(['id', 'schemas']);

/** A resource with the wanted attributes alone. */
export function projected(
  resource: Readonly<Record<string, unknown>>,
  projection: Projection,
): Record<string, unknown> {
  const entries = Object.entries(resource).flatMap(([key, value]): [string, unknown][] => {
    const name = key.toLowerCase();
    if (ALWAYS.has(name)) return [[key, value]];
    if (!wants(projection, name)) return [];
    const whole = projection.only === null || projection.only.has(name);
    const part = (item: unknown) => partsOf(item, name, projection, whole);
    return [[key, Array.isArray(value) ? value.map(part) : part(value)]];
  });
  return Object.fromEntries(entries);
}

function partsOf(value: unknown, name: string, { only, without }: Projection, whole: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([part]) => {
      const path = `${name}.${part.toLowerCase()}`;
      return !without.has(path) && (whole || only?.has(path) === true);
    }),
  );
}
