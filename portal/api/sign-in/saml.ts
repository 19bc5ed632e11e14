import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Context } from '../../../core/context.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { findProvider, type Provider } from '../../../core/identity/providers/store.ts';
import { logOutByRequest } from '../../../core/identity/saml/logout.ts';
import { metadataOf } from '../../../core/identity/saml/service-provider.ts';
import { beginSaml, finishSaml } from '../../../core/identity/saml/sign-in.ts';
import { attributesByName } from '../../../core/identity/saml/trial.ts';
import { correlationIdOf } from '../problems.ts';
import { arrive } from './arrival.ts';
import { goTo, inBrowser, setAttemptCookie, takeAttemptCookie } from './browser.ts';

const form = (limit: string) => express.urlencoded({ extended: false, limit, parameterLimit: 20 });
const readAnswerForm = form('1mb');
/** Anybody may send one: nothing that a browser holds goes before it. */
const readLogoutForm = form('64kb');

/** /auth/saml/{key}/start, /callback, to which the provider lets the browser post, /logout by address or form, and /metadata. */
export function samlRoutes(ctx: Context): Router {
  const router = express.Router();
  router.get('/:key/start', inBrowser(ctx, ['saml'], start));
  router.post('/:key/callback', inBrowser(ctx, ['saml'], callback, true));
  router.get('/:key/logout', inBrowser(ctx, ['saml'], loggedOut));
  router.post('/:key/logout', inBrowser(ctx, ['saml'], loggedOut));
  router.get('/:key/metadata', metadata(ctx));
  return router;
}

async function start(ctx: Context, provider: Provider<'saml'>, request: Request, response: Response): Promise<void> {
  const wanted = request.query['return_to'];
  const begun = await beginSaml(ctx, provider, {
    purpose: 'sign_in',
    personId: null,
    returnTo: typeof wanted === 'string' ? wanted : undefined,
  });
  setAttemptCookie(ctx, request, response, begun, true);
  response.set('Cache-Control', 'no-store').redirect(303, begun.url);
}

async function callback(ctx: Context, provider: Provider<'saml'>, request: Request, response: Response): Promise<void> {
  const { SAMLResponse: message, RelayState: state } = await formOf(readAnswerForm, request, response);
  if (message === undefined) throw new AppError('bad_input', 'SAMLResponse is missing');
  const token = takeAttemptCookie(ctx, request, response, state ?? null, true);
  await arrive(ctx, provider, request, response, async (taken) => {
    const came = { message, state: state ?? null, token };
    const { attempt, facts, assertion } = await finishSaml(ctx, provider, came, taken);
    const { nameId, sessionIndex, sessionEndsAt: endsAt } = assertion;
    const there = {
      providerSession: sessionIndex,
      idToken: nameId === null ? null : JSON.stringify(nameId),
      ...(nameId === null ? {} : { nameId: nameId.value }),
      endsAt,
    };
    return { attempt, facts, there, claims: () => attributesByName(assertion) };
  });
}

/**
 * The provider's request to sign out, which ends sessions and is answered; or its answer to ours, on which nothing hangs any
 * more: the session here had ended before it was asked.
 */
async function loggedOut(
  ctx: Context,
  provider: Provider<'saml'>,
  request: Request,
  response: Response,
): Promise<void> {
  // As it stands in the address, to the letter: that is what was signed.
  const query = request.originalUrl.split('?').slice(1).join('?');
  const form = request.method === 'POST' ? await formOf(readLogoutForm, request, response) : null;
  const fields = form ?? Object.fromEntries(new URLSearchParams(query));
  if (fields['SAMLRequest'] === undefined) return goTo(ctx, response, '/sign-in?signed-out=1');
  const came = form === null ? { query } : { form: fields['SAMLRequest'] };
  const { ended, answerUrl } = await logOutByRequest(ctx, provider, came, fields['RelayState']?.slice(0, 1_000) ?? '');
  const correlationId = correlationIdOf(response);
  ctx.log.info({ part: 'sign-in', correlationId, providerId: provider.id, count: ended }, 'logged_out_by_provider');
  if (answerUrl === null) return goTo(ctx, response, '/sign-in?signed-out=1');
  response.set('Cache-Control', 'no-store').redirect(303, answerUrl);
}

/** The fields of a form, each said once. */
async function formOf(
  read: RequestHandler,
  request: Request,
  response: Response,
): Promise<Record<string, string | undefined>> {
  await new Promise<void>((done, failed) =>
    read(request, response, (error?: unknown) =>
      error ? failed(new AppError('bad_input', 'The form is not well-formed', { cause: error })) : done(),
    ),
  );
  const fields = Object.entries((request.body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(fields.map(([name, value]) => [name, typeof value === 'string' ? value : undefined]));
}

/** Also of a provider that is not enabled yet: the other side is set up by it. */
const metadata =
  (ctx: Context) =>
  async (request: Request, response: Response): Promise<void> => {
    const provider = await findProvider(ctx, String(request.params['key']), ['saml'], true);
    if (!provider) throw notFound('provider');
    response.type('application/samlmetadata+xml').send(metadataOf(ctx, provider));
  };
