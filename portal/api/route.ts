import express, { type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import { placesFor } from '../../core/access/at-once.ts';
import type { Context } from '../../core/context.ts';
import { AppError, notFound } from '../../core/errors.ts';
import type { Answered, Call, Received } from '../contract/call.ts';
import { callerOf, refuseForeignSite, type Caller } from './caller.ts';

/** Given by a handler that has written the answer itself: a stream or a file. */
export const SENT = Symbol('sent');

export type Handling<C extends Call> = Received<C> & {
  ctx: Context;
  caller: C['access'] extends 'public' ? null : Caller;
  request: Request;
  response: Response;
};

export type Handler<C extends Call> = (
  handling: Handling<C>,
) => Promise<(C['answers'] extends null ? void : Answered<C>) | typeof SENT>;

/** A call of the contract and what does it. The one way in which anything under /api/v1 is answered. */
export type Route = { readonly call: Call; readonly handler: Handler<Call> };

export const route = <const C extends Call>(call: C, handler: Handler<C>): Route => ({
  call,
  // The table holds calls of every shape; each handler is only ever given what its own contract has checked.
  handler,
});

/** Streams count as long as they are open; a browser has six connections, a program may have more. */
const takePlace = placesFor(32, 'You have 32 requests running already. Wait until some of them are answered');

const JSON_LIMIT_BYTES = 3_000_000;
const readJson = express.json({ limit: JSON_LIMIT_BYTES, strict: false });

/** What a route does with a request: who, may they come here at all, is it well-formed, do it, answer the contract's shape. */
export const serve =
  (ctx: Context, { call, handler }: Route): RequestHandler =>
  async (request, response) => {
    // What is open to everybody does not look at who comes.
    const caller = call.access === 'public' ? null : await callerOf(ctx, request, !call.repeats);
    admitCaller(call, caller);
    using _place = caller === null ? null : takePlace(caller.person.id);
    if (call.method !== 'GET') refuseForeignSite(ctx, request, caller);
    const params = partOf(call.params, request.params, () => notFound('thing'));
    const query = partOf(call.query, request.query, badInput);
    if (call.body)
      await new Promise<void>((done, failed) =>
        readJson(request, response, (error?: unknown) => (error ? failed(error) : done())),
      );
    const body = partOf(call.body, request.body as unknown, badInput);
    const result = await handler({ ctx, caller, request, response, params, query, body } as unknown as Handling<Call>);
    if (result === SENT) return;
    response.status(call.status).set('Cache-Control', 'no-store');
    if (call.answers === null) response.end();
    // Parsed on the way out too, so that nothing but the contract's fields ever leaves.
    else response.json(call.answers.parse(result));
  };

function admitCaller(call: Call, caller: Caller | null): void {
  if (call.access === 'public') return;
  if (caller === null) throw new AppError('not_signed_in', 'Sign in first');
  if (caller.via === 'key') {
    if (call.access === 'session') throw new AppError('forbidden', 'This is done in the portal, not with an API key');
    if (!caller.scopes.includes('all') && !caller.scopes.includes(call.access))
      throw new AppError('forbidden', `This API key has no scope for it: it needs ${call.access}`);
  }
  if (!call.always) refuseUnready(caller);
  if (caller.via === 'session' && caller.viewingAs !== null && !call.whileViewing)
    throw new AppError(
      'viewing_as',
      'You are viewing as somebody else: that shows rights and menus only. End it first',
    );
}

function refuseUnready(caller: Caller): void {
  if (caller.via === 'session' && caller.mustChangePassword)
    throw new AppError('password_change_required', 'Choose a password of your own first');
  if (caller.person.role === 'pending')
    throw new AppError('forbidden', 'Your account waits for an administrator to approve it');
}

function partOf(schema: z.ZodType | undefined, value: unknown, refuse: (error: z.ZodError) => AppError): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw refuse(parsed.error);
  if (holdsNul(parsed.data)) throw new AppError('bad_input', 'This cannot be used: a text holds a NUL character');
  return parsed.data;
}

/** No database keeps it, so nothing may reach one. */
export const holdsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : typeof value === 'object' &&
      value !== null &&
      Object.entries(value).some(([key, part]) => key.includes('\0') || holdsNul(part));

function badInput(error: z.ZodError): AppError {
  const errors = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const said = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return new AppError('bad_input', `This cannot be used: ${said}`, { details: { errors } });
}
