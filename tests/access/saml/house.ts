import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { beginSaml, finishSaml, type Returned } from '../../../core/identity/saml/sign-in.ts';
import { aProvider } from '../../factories/providers.ts';
import {
  aFakeIdp,
  assertionXml,
  posted,
  requestIn,
  responseXml,
  signed,
  type FakeIdp,
  type Said,
} from '../../fakes/saml/idp.ts';

/** An identity provider, and what is set for it here. */
export type House = { idp: FakeIdp; provider: Provider<'saml'> };

const houses = new WeakMap<Context, Map<string, Promise<House>>>();

/** A house with these settings: the same one for whoever in this file asks for the same, since its keys take a while to make. */
export function aHouse(ctx: Context, settings: Record<string, unknown> = {}): Promise<House> {
  const known = houses.get(ctx) ?? new Map<string, Promise<House>>();
  houses.set(ctx, known);
  const key = JSON.stringify(settings);
  const house = known.get(key) ?? aNewHouse(ctx, settings);
  known.set(key, house);
  return house;
}

export async function aNewHouse(
  ctx: Context,
  settings: Record<string, unknown> = {},
  given: FakeIdp | null = null,
): Promise<House> {
  const idp = given ?? (await aFakeIdp());
  const provider = await aProvider(ctx, {
    kind: 'saml',
    settings: {
      metadataUrl: null,
      idpEntityId: idp.entityId,
      signInUrl: idp.signInUrl,
      signOutUrl: idp.signOutUrl,
      certificates: [idp.keys.certificate],
      groupsAttribute: 'groups',
      nameAttribute: 'name',
      ...settings,
    },
  });
  return { idp, provider };
}

/** A try that was begun, and what an answer to it has to say. */
export type Begun = { state: string; token: string; said: Said };

export async function begun(
  ctx: Context,
  { provider }: House,
  wanted: { purpose: 'sign_in' | 'confirm'; personId: string | null } = { purpose: 'sign_in', personId: null },
): Promise<Begun> {
  const { url, state, token } = await beginSaml(ctx, provider, { ...wanted, returnTo: undefined });
  expect(requestIn(url).xml.includes('ForceAuthn="true"')).toBe(wanted.purpose === 'confirm');
  const base = `${ctx.config.PUBLIC_URL}/auth/saml/${provider.key}`;
  return {
    state,
    token,
    said: { audience: base, answers: `${base}/callback`, requestId: requestIn(url).id, attributes: { groups: [] } },
  };
}

/** An answer as a right provider makes it: the assertion signed. */
export const rightAnswer = ({ idp }: House, said: Said): string =>
  responseXml(idp, said, signed(assertionXml(idp, said), idp.keys));

export const finish = (ctx: Context, { provider }: House, { state, token }: Begun, xml: string): Promise<Returned> =>
  finishSaml(ctx, provider, { message: posted(xml), state, token });

/** `done`, or the code of the check that refused. */
export const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; details?: { technical?: string } }) =>
      error.details?.technical ?? error.code ?? String(error),
  );

/** Begins, lets something be said, and gives what came of it. */
export async function tried(
  ctx: Context,
  house: House,
  make: (said: Said) => string | Promise<string>,
  also: (said: Said) => Partial<Said> = () => ({}),
): Promise<string> {
  const attempt = await begun(ctx, house);
  const said = { ...attempt.said, ...also(attempt.said) };
  return outcome(finish(ctx, house, attempt, await make(said)));
}

/** The key that another node of this installation is given. */
export const secretOf = async (ctx: Context): Promise<string> =>
  (await readFile(path.join(ctx.config.DATA_DIR, 'secret'), 'utf8')).trim();
