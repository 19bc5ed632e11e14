import { parseFilter, type Filter } from '../../../core/identity/scim/filter.ts';
import { refused } from '../../../core/identity/scim/refusal.ts';
import type { Expected } from '../../../core/identity/scim/users.ts';
import { projected, projectionOf } from './projection.ts';
import { tagOf, type Resource } from './resources.ts';
import type { Asked } from './router.ts';
import { MOST_ON_A_PAGE, URN } from './schemas.ts';

const USUAL_PAGE = 100;
const FARTHEST = 10_000_000;

/** Which page is asked for, by RFC 7644: the first item is number one, and nonsense below it means one. */
export function pageOf({ query }: Pick<Asked, 'query'>): { filter: Filter | null; skip: number; limit: number } {
  const start = wholeNumber(query['startIndex'], 'startIndex', 1);
  const count = wholeNumber(query['count'], 'count', USUAL_PAGE);
  const { filter } = query;
  return {
    filter: typeof filter === 'string' && filter.trim() !== '' ? parseFilter(filter) : null,
    skip: Math.min(Math.max(start, 1) - 1, FARTHEST),
    limit: Math.min(Math.max(count, 0), MOST_ON_A_PAGE),
  };
}

function wholeNumber(value: unknown, name: string, otherwise: number): number {
  if (value === undefined || value === '') return otherwise;
  if (typeof value !== 'string' || !/^-?\d{1,12}$/.test(value))
    throw refused('invalidValue', `${name} must be a number`);
  return Number(value);
}

/** Which versions a change is meant for, any of those in the list (RFC 9110, section 13.1.1). A tag that none of ours can be fits nothing. */
export function expectedOf({ request }: Pick<Asked, 'request'>): Expected {
  const tag = request.get('if-match')?.trim();
  if (tag === undefined || tag === '*') return null;
  return tag
    .split(',')
    .flatMap((each) => /^(?:W\/)?"(\d{1,9})"$/.exec(each.trim())?.[1] ?? [])
    .map(Number);
}

/** Answers with one resource: what was asked for of it, its address and its tag. */
export function sendResource({ query, request, response }: Asked, resource: Resource, status: 200 | 201 = 200): void {
  const { version, location } = resource.meta;
  response.set('ETag', version);
  const known = request.method === 'GET' ? request.get('if-none-match') : undefined;
  if (known?.split(',').some((each) => weak(each.trim()) === version)) {
    response.status(304).end();
    return;
  }
  if (status === 201) response.set('Location', location);
  response.status(status).send(JSON.stringify(projected(resource, projectionOf(query))));
}

/** Whether a resource is the same is compared weakly (RFC 9110, section 13.1.2). */
const weak = (tag: string): string => (tag.startsWith('W/') ? tag : `W/${tag}`);

/** Answers that something was changed, without saying it all again. */
export function sendChanged({ response }: Asked, version: number): void {
  response.set('ETag', tagOf(version)).status(204).end();
}

/** Answers with a page of resources. */
export function sendList(
  { query, response }: Asked,
  found: { total: number; skip: number; resources: readonly Readonly<Record<string, unknown>>[] },
): void {
  const projection = projectionOf(query);
  response.send(
    JSON.stringify({
      schemas: [URN.list],
      totalResults: found.total,
      startIndex: found.skip + 1,
      itemsPerPage: found.resources.length,
      Resources: found.resources.map((each) => projected(each, projection)),
    }),
  );
}
