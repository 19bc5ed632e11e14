import { generateKeyPair, type JWTPayload } from 'jose';
import { describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { personOfSession } from '../../../core/identity/sessions.ts';
import { CLIENT_ID } from '../../fakes/oidc/provider.ts';
import { aHouse, somebody, test, without, type House, type Visitor } from './house.ts';

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const seconds = () => Math.floor(Date.now() / 1_000);

/** A logout token that is right in everything, for somebody's session there. */
const rightToken = async ({ ctx, idp, provider }: House, visitor: Visitor): Promise<JWTPayload> => {
  const { body } = await visitor.call('GET', '/session');
  const session = await ctx.db.session.findUniqueOrThrow({
    where: { id: body.sessionId },
    include: { identity: true },
  });
  expect(session.providerId).toBe(provider.id);
  return {
    iss: idp.issuer,
    aud: CLIENT_ID,
    iat: seconds(),
    exp: seconds() + 120,
    jti: newId(),
    events: EVENTS,
    sub: session.identity!.subject,
    sid: session.providerSession!,
  };
};

const send = ({ api, provider }: House, token: string) =>
  fetch(`${api.url}/auth/oidc/${provider.key}/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });

const signedIn = async (visitor: Visitor): Promise<boolean> => (await visitor.call('GET', '/session')).status === 200;

describe('a logout token is refused', () => {
  const refusals: Record<string, (claims: JWTPayload, house: House) => JWTPayload | Promise<JWTPayload>> = {
    'of another issuer': (claims) => ({ ...claims, iss: 'https://elsewhere.example.com' }),
    'for another audience': (claims) => ({ ...claims, aud: 'somebody-else' }),
    'without events, as an ID token is': (claims) => without(claims, 'events'),
    'about another event': (claims) => ({ ...claims, events: { 'https://example.com/other': {} } }),
    'with a nonce': (claims) => ({ ...claims, nonce: 'n' }),
    'without an id': (claims) => without(claims, 'jti'),
    'without a time': (claims) => without(claims, 'iat'),
    'that has expired': (claims) => ({ ...claims, iat: seconds() - 300, exp: seconds() - 200 }),
    'that is too old, though it says that it is not': (claims) => ({ ...claims, iat: seconds() - 7_200 }),
    'that names neither subject nor session': (claims) => without(claims, 'sub', 'sid'),
  };
  for (const [what, change] of Object.entries(refusals))
    test(what, async ({ house }) => {
      const visitor = house.browser();
      await visitor.signIn(somebody());
      const claims = await change(await rightToken(house, visitor), house);
      expect((await send(house, await house.idp.sign(claims))).status).toBe(400);
      expect(await signedIn(visitor)).toBe(true);
    });

  test('with a forged signature, of another type, or without any form', async ({ house }) => {
    const visitor = house.browser();
    await visitor.signIn(somebody());
    const claims = await rightToken(house, visitor);
    const { privateKey } = await generateKeyPair('RS256');
    const forged = [
      await house.idp.sign(claims, { key: privateKey }),
      await house.idp.sign(claims, { typ: 'at+jwt' }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
      'x',
      '',
    ];
    for (const token of forged) expect((await send(house, token)).status).toBe(400);
    expect(await signedIn(visitor)).toBe(true);
  });

  test('when it comes again, and at another provider', async ({ house, ctx, api }) => {
    const [visitor, other] = [house.browser(), await aHouse(ctx, api)];
    await visitor.signIn(somebody());
    const token = await house.idp.sign(await rightToken(house, visitor));
    expect((await send(other, token)).status).toBe(400);
    expect(await signedIn(visitor)).toBe(true);
    expect((await send(house, token)).status).toBe(200);
    expect(await signedIn(visitor)).toBe(false);
    expect((await send(house, token)).status).toBe(400);
    await other.stop();
  });
});

describe('signing out', () => {
  test('at the provider ends the session here, and no other of the same person', async ({ house }) => {
    const person = somebody();
    const [one, two] = [house.browser(), house.browser()];
    await one.signIn(person);
    await two.signIn(person);
    const bySession = without(await rightToken(house, one), 'sub');
    expect((await send(house, await house.idp.sign(bySession))).status).toBe(200);
    expect([await signedIn(one), await signedIn(two)]).toEqual([false, true]);
    const bySubject = without(await rightToken(house, two), 'sid');
    await one.signIn(person);
    expect((await send(house, await house.idp.sign(bySubject))).status).toBe(200);
    expect([await signedIn(one), await signedIn(two)]).toEqual([false, false]);
  });

  test('here leads to the provider, which ends its own and tells the other node’s too', async ({ house }) => {
    const visitor = house.browser();
    await visitor.signIn(somebody());
    const token = visitor.session()!;
    const { body } = await visitor.call('DELETE', '/session');
    expect(await personOfSession(house.ctx, token)).toBeNull();
    const landed = await visitor.visit(body.signOutUrl);
    expect(landed.url.href).toBe(`${house.ctx.config.PUBLIC_URL}/sign-in?signed-out=1`);
    expect(house.idp.asked).toContain('/session/end');
    // It asks who comes next: the one before is not signed in there any more.
    house.idp.person = 'refuses';
    expect((await visitor.signIn()).url.pathname).toBe('/sign-in');
  });

  test('elsewhere, in another application of the provider, ends the session here by its logout token', async ({
    house,
  }) => {
    const visitor = house.browser();
    await visitor.signIn(somebody());
    const session = await house.ctx.db.session.findFirstOrThrow({ where: { providerId: house.provider.id } });
    const hint = house.ctx.secrets.open(session.idTokenSealed!, session.id);
    await visitor.visit(`${house.idp.issuer}/session/end?id_token_hint=${hint}`);
    expect(await signedIn(visitor)).toBe(false);
    expect(await house.ctx.db.auditEntry.count({ where: { action: 'session.ended_by_provider' } })).toBeGreaterThan(0);
  });
});
