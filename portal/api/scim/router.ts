import express, { type Request, type Response, type Router } from 'express';
import { placesFor } from '../../../core/access/at-once.ts';
import type { Context } from '../../../core/context.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { refused } from '../../../core/identity/scim/refusal.ts';
import { telling } from '../../../core/identity/scim/told.ts';
import { provisioningOf, type Provisioning } from '../../../core/identity/scim/tokens.ts';
import { isObject, type Json } from '../../../core/identity/scim/values.ts';
import { noSuchAddress } from '../problems.ts';
import { holdsNul } from '../route.ts';
import { discoveryRoutes } from './discovery.ts';
import { answerScimErrors } from './errors.ts';
import { groupRoutes } from './groups.ts';
import { paceOf } from './pace.ts';
import { userRoutes } from './users.ts';

/** What a call of /scim/v2 has to work with: the provider whose token came, and what it asks. */
export type Asked = Readonly<{
  ctx: Context;
  provider: Provider;
  /** The address of /scim/v2, without a slash at the end. */
  base: string;
  /** What stands in the path; a UUID, or nothing is there. */
  id: string;
  query: Readonly<Record<string, unknown>>;
  body: Json;
  request: Request;
  response: Response;
}>;

/** What only looks answers by itself; what changes something gives how to answer, once it is noted. */
export type ScimRoute = Readonly<
  { path: string } & (
    | { method: 'get'; look: (asked: Asked) => Promise<void> | void }
    | { method: 'post' | 'put' | 'patch' | 'delete'; change: (asked: Asked) => Promise<() => void> }
  )
>;

/** Everything under /scim/v2. */
export const SCIM_ROUTES: readonly ScimRoute[] = [...userRoutes, ...groupRoutes, ...discoveryRoutes];

/** A group of 30,000 members in one request. */
const BODY_LIMIT_BYTES = 3_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WINDOW_MS = 60_000;

/** SCIM 2.0 for the providers' own provisioning: a bearer token of a provider and nothing else lets in, cookies count for nothing. */
export function scim(ctx: Context): Router {
  const router = express.Router();
  const base = `${ctx.config.PUBLIC_URL}/scim/v2`;
  const takePlace = placesFor(16, 'There are 16 requests of this provider running already');
  // Entra asks for 25 a second at least.
  const pace = paceOf(6_000, WINDOW_MS);
  const strangers = paceOf(600, WINDOW_MS);
  for (const route of SCIM_ROUTES)
    router[route.method](route.path, async (request, response) => {
      const provisioning = await provisioningIn(ctx, request, strangers);
      const { provider } = provisioning;
      pace(provider.id, ctx.clock.now().getTime());
      using _place = takePlace(provider.id);
      const id = idOf(request);
      const asked = async (): Promise<Asked> => {
        const bodiless = route.method === 'get' || route.method === 'delete';
        const body = bodiless ? {} : await bodyOf(request, response);
        if (holdsNul(request.query) || holdsNul(body)) throw refused('invalidValue', 'A text holds a NUL character');
        response.set('Cache-Control', 'no-store').type('application/scim+json');
        return { ctx, provider, base, id, query: request.query, body, request, response };
      };
      if (route.method === 'get') return route.look(await asked());
      const { change } = route;
      const answer = await telling(ctx, provisioning, id, async () => change(await asked()));
      answer();
    });
  router.use(noSuchAddress);
  router.use(answerScimErrors(ctx));
  return router;
}

/** @throws AppError 'not_signed_in', and 'too_many_requests' to an address with many wrong tokens. */
async function provisioningIn(
  ctx: Context,
  request: Request,
  strangers: (key: string, now: number) => void,
): Promise<Provisioning> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const found = token === undefined ? null : await provisioningOf(ctx, token);
  if (found) return found;
  strangers(request.ip ?? '', ctx.clock.now().getTime());
  throw new AppError('not_signed_in', 'This needs a token of a provider, not revoked and not too old');
}

function idOf(request: Request): string {
  const { id } = request.params;
  if (typeof id !== 'string') return '';
  if (!UUID.test(id)) throw notFound('resource');
  return id.toLowerCase();
}

const readJson = express.json({
  limit: BODY_LIMIT_BYTES,
  type: ['application/scim+json', 'application/json'],
});

async function bodyOf(request: Request, response: Response): Promise<Json> {
  await new Promise<void>((done, failed) =>
    readJson(request, response, (error?: unknown) => (error ? failed(error) : done())),
  );
  const body: unknown = request.body;
  if (!isObject(body)) throw refused('invalidSyntax', 'The body must be an object, sent as application/scim+json');
  return body;
}
