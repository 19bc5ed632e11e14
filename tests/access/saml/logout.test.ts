import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { personOfSession } from '../../../core/identity/sessions.ts';
import { signInThrough } from '../../../core/identity/sign-in.ts';
import { logOutByRequest, type CameBy } from '../../../core/identity/saml/logout.ts';
import { aContext, test } from '../../factories/context.ts';
import {
  ALGORITHM,
  encrypted,
  keysOf,
  logoutRequestXml,
  newXmlId,
  posted,
  redirected,
  requestIn,
  signed,
} from '../../fakes/saml/idp.ts';
import { aHouse, begun, finish, outcome, rightAnswer, secretOf, type House } from './house.ts';

const from = { address: null, device: null };

/** Signs somebody in; gives the token of the session here. */
async function session(ctx: Context, house: House, nameId: string, sessionIndex: string | null): Promise<string> {
  const attempt = await begun(ctx, house);
  const xml = rightAnswer(house, { ...attempt.said, nameId: { value: nameId }, sessionIndex });
  const { facts } = await finish(ctx, house, attempt, xml);
  const there = { providerSession: sessionIndex, idToken: null, nameId };
  return (await signInThrough(ctx, house.provider, facts, from, there)).token;
}

const lives = async (ctx: Context, token: string): Promise<boolean> => (await personOfSession(ctx, token)) !== null;

const logoutAt = (ctx: Context, { provider }: House) => `${ctx.config.PUBLIC_URL}/auth/saml/${provider.key}/logout`;

const logOut = (ctx: Context, { provider }: House, came: CameBy): Promise<string> =>
  outcome(logOutByRequest(ctx, provider, came, ''));

type Wanted = Partial<Parameters<typeof logoutRequestXml>[1]>;

const request = (ctx: Context, house: House, nameId: string, also: Wanted = {}): string =>
  logoutRequestXml(house.idp, { destination: logoutAt(ctx, house), nameId, ...also });

const byAddress = (house: House, xml: string): CameBy => ({ query: redirected('SAMLRequest', xml, house.idp.keys) });
const byForm = (house: House, xml: string): CameBy => ({ form: posted(signed(xml, house.idp.keys)) });

describe('a request to sign out is refused, and ends nothing', () => {
  const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);
  const strange: Record<string, [code: string, Wanted]> = {
    'of another issuer': ['LOGOUT_ISSUER', { issuer: 'https://other.example.com' }],
    'for another address': ['LOGOUT_DESTINATION', { destination: 'https://other.example.com' }],
    'for no address': ['LOGOUT_DESTINATION', { destination: null }],
    'that is too old': ['LOGOUT_EXPIRED', { at: minutes(-11) }],
    'that has expired': ['LOGOUT_EXPIRED', { notOnOrAfter: minutes(-1) }],
    'from the future': ['LOGOUT_NOT_YET', { at: minutes(2) }],
    'that names nobody': ['LOGOUT_NO_NAME', { name: '' }],
  };
  for (const [what, [code, also]] of Object.entries(strange))
    test(what, async ({ ctx }) => {
      const house = await aHouse(ctx);
      const nameId = newXmlId();
      const token = await session(ctx, house, nameId, 's');
      for (const by of [byAddress, byForm])
        expect(await logOut(ctx, house, by(house, request(ctx, house, nameId, also)))).toBe(code);
      expect(await lives(ctx, token)).toBe(true);
    });

  test('that nobody signed, or somebody else, or by SHA-1', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const nameId = newXmlId();
    const token = await session(ctx, house, nameId, 's');
    const xml = request(ctx, house, nameId);
    const other = await keysOf('other');
    const right = redirected('SAMLRequest', xml, house.idp.keys);
    const bare = right.replace(/&SigAlg.*$/, '');
    const weak = { algorithm: ALGORITHM.sha1[0], hash: 'sha1' };
    for (const [came, code] of [
      [{ query: bare }, 'SIGNATURE_MISSING'],
      [{ query: redirected('SAMLRequest', xml, other) }, 'SIGNATURE_WRONG'],
      [{ query: redirected('SAMLRequest', xml, house.idp.keys, weak) }, 'SIGNATURE_ALGORITHM'],
      [{ form: posted(xml) }, 'SIGNATURE_MISSING'],
      [{ form: posted(signed(xml, other)) }, 'SIGNATURE_WRONG'],
      [{ form: posted(signed(xml, house.idp.keys, ALGORITHM.sha1)) }, 'SIGNATURE_ALGORITHM'],
    ] as const)
      expect(await logOut(ctx, house, came)).toBe(code);
    expect(await lives(ctx, token)).toBe(true);
  });

  test('whose address says things twice, in another spelling, or something else than what was signed', async ({
    ctx,
  }) => {
    const house = await aHouse(ctx);
    const [mine, theirs] = [newXmlId(), newXmlId()];
    const token = await session(ctx, house, theirs, 's');
    const right = redirected('SAMLRequest', request(ctx, house, mine), house.idp.keys, { relayState: 'r' });
    const forged = redirected('SAMLRequest', request(ctx, house, theirs), await keysOf('other')).split('&')[0]!;
    for (const query of [
      `${right}&${forged}`,
      `${forged}&${right}`,
      `${forged.replace('SAML', '%53AML')}&${right}`,
      `${right}&${forged.replace('SAML', '%53AML')}`,
    ])
      expect(await logOut(ctx, house, { query })).toBe('QUERY_AMBIGUOUS');
    const swapped = right.replace(/^SAMLRequest=[^&]*/, forged);
    expect(await logOut(ctx, house, { query: swapped })).toBe('SIGNATURE_WRONG');
    expect(await logOut(ctx, house, { query: right.replace('RelayState=r', 'RelayState=x') })).toBe('SIGNATURE_WRONG');
    expect(await logOut(ctx, house, { query: right.replace('&RelayState=r', '') })).toBe('SIGNATURE_WRONG');
    expect(await lives(ctx, token)).toBe(true);
  });

  test('that unpacks without end, or is no message of this kind', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const bomb = redirected('SAMLRequest', `<a>${' '.repeat(50_000_000)}</a>`, house.idp.keys);
    expect(await logOut(ctx, house, { query: bomb })).toBe('QUERY_MALFORMED');
    expect(await logOut(ctx, house, byAddress(house, '<a/>'))).toBe('LOGOUT_SHAPE');
    const attempt = await begun(ctx, house);
    expect(await logOut(ctx, house, { form: posted(rightAnswer(house, attempt.said)) })).toBe('LOGOUT_SHAPE');
  });

  test('that is longer than any that names somebody, whoever signed it', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const nameId = newXmlId();
    const token = await session(ctx, house, nameId, 's');
    const many = request(ctx, house, nameId, { sessionIndexes: Array.from({ length: 1_000 }, (_, at) => `s${at}`) });
    expect(await logOut(ctx, house, byForm(house, many))).toBe('MESSAGE_TOO_LARGE');
    expect(await logOut(ctx, house, byAddress(house, many))).toBe('QUERY_MALFORMED');
    expect(await lives(ctx, token)).toBe(true);
    const some = request(ctx, house, nameId, { sessionIndexes: ['s', 't'] });
    expect(await logOut(ctx, house, byForm(house, some))).toBe('done');
  });

  test('that comes again, here or on another node', async ({ ctx, database }) => {
    const house = await aHouse(ctx);
    const nameId = newXmlId();
    const came = byAddress(house, request(ctx, house, nameId));
    expect(await logOut(ctx, house, came)).toBe('done');
    const token = await session(ctx, house, nameId, 's');
    const other = await aContext(database, { settings: { SECRET_KEY: await secretOf(ctx) } });
    for (const node of [ctx, other]) expect(await logOut(node, house, came)).toBe('LOGOUT_REPLAYED');
    await other.close();
    expect(await lives(ctx, token)).toBe(true);
  });
});

describe('a request to sign out', () => {
  test('ends the sessions that it names, on every node, and no other', async ({ ctx, database }) => {
    const house = await aHouse(ctx);
    const other = await aHouse(ctx, { newPeople: 'user' });
    const [nameId, somebody] = [newXmlId(), newXmlId()];
    const first = await session(ctx, house, nameId, 'one');
    const second = await session(ctx, house, nameId, 'two');
    const stays = await session(ctx, house, somebody, 'one');
    const elsewhere = await session(ctx, other, nameId, 'one');
    const node = await aContext(database, { settings: { SECRET_KEY: await secretOf(ctx) } });
    const xml = request(ctx, house, nameId, { sessionIndexes: ['one', 'unknown'] });
    expect(await logOut(node, house, byForm(house, xml))).toBe('done');
    await node.close();
    const all = await Promise.all([first, second, stays, elsewhere].map((token) => lives(ctx, token)));
    expect(all).toEqual([false, true, true, true]);
  });

  test('that names no session ends all that its person has open through this provider', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const nameId = newXmlId();
    const tokens = [await session(ctx, house, nameId, 'one'), await session(ctx, house, nameId, null)];
    const name = await encrypted(
      `<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${nameId}</saml:NameID>`,
      house.provider.secrets.decryptionCertificate!,
    );
    const sealed = name.replaceAll('EncryptedAssertion', 'EncryptedID');
    expect(await logOut(ctx, house, byAddress(house, request(ctx, house, nameId, { name: sealed })))).toBe('done');
    expect(await Promise.all(tokens.map((token) => lives(ctx, token)))).toEqual([false, false]);
    const person = await ctx.db.identity.findFirstOrThrow({ where: { subject: nameId } });
    expect(
      await ctx.db.auditEntry.count({ where: { action: 'session.ended_by_provider', subjectId: person.personId } }),
    ).toBe(1);
  });

  test('is answered at the provider’s address, signed, with what it gave us to give back', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const id = newXmlId();
    const came = byAddress(house, request(ctx, house, newXmlId(), { id }));
    const { answerUrl, ended } = await logOutByRequest(ctx, house.provider, came, 'state & more');
    expect(ended).toBe(0);
    const { url, relayState, xml } = requestIn(answerUrl!);
    expect([url.origin + url.pathname, relayState]).toEqual([house.idp.signOutUrl, 'state & more']);
    expect(url.searchParams.get('Signature')).toBeTruthy();
    expect(xml).toContain(`InResponseTo="${id}"`);
    expect(xml).toContain('status:Success');
    const silent = await aHouse(ctx, { signOutUrl: null });
    const unanswered = byAddress(silent, request(ctx, silent, newXmlId()));
    expect((await logOutByRequest(ctx, silent.provider, unanswered, '')).answerUrl).toBeNull();
  });
});

test('a session ends when the provider says it has to', async ({ ctx }) => {
  const house = await aHouse(ctx);
  const attempt = await begun(ctx, house);
  const endsAt = new Date(Date.now() + 3_600_000);
  const xml = rightAnswer(house, { ...attempt.said, sessionNotOnOrAfter: endsAt });
  const { facts, assertion } = await finish(ctx, house, attempt, xml);
  expect(assertion.sessionEndsAt).toEqual(endsAt);
  const there = { providerSession: null, idToken: null, endsAt };
  const { token } = await signInThrough(ctx, house.provider, facts, from, there);
  expect(await lives(ctx, token)).toBe(true);
  const later = { ...ctx, clock: { now: () => new Date(endsAt.getTime() + 1) } };
  expect(await lives(later, token)).toBe(false);
});
