import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { describe, expect } from 'vitest';
import { deactivatePerson } from '../../../core/access/people.ts';
import type { AppError } from '../../../core/errors.ts';
import { oidcFacts } from '../../../core/identity/oidc/facts.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { updateProvider } from '../../../core/identity/providers/store.ts';
import { newId } from '../../../core/ids.ts';
import { aGroup, OPERATOR } from '../../factories/company.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../../fakes/oidc/provider.ts';
import { aDeadAddress, aHouse, problemOf, somebody, startOf, test, without, type House } from './house.ts';

const withSettings = (
  { ctx, provider }: House,
  settings: Record<string, unknown>,
  secrets?: Record<string, string>,
) => {
  const { name, enabled, maxAgeHours } = provider;
  const changed = { name, enabled, maxAgeHours, settings: { ...provider.settings, ...settings }, secrets };
  return updateProvider(ctx, OPERATOR, provider.id, changed);
};

/** Lets the provider answer with another ID token: its own with other claims, signed as said. */
const bent = (
  { idp }: House,
  change: (claims: JWTPayload) => JWTPayload,
  sign: (claims: JWTPayload) => string | Promise<string> = (claims) => idp.sign(claims),
) => {
  idp.bend = async (answer) => ({ ...answer, id_token: await sign(change(decodeJwt(answer.id_token!))) });
};

const same = (claims: JWTPayload) => claims;

describe('an ID token is refused', () => {
  const refusals: [string, (house: House) => Promise<void> | void][] = [
    [
      'that is signed with another key under the same name',
      async (house) => {
        const { privateKey } = await generateKeyPair('RS256');
        bent(house, same, (claims) => house.idp.sign(claims, { key: privateKey }));
      },
    ],
    ['that nobody signed (alg none)', (house) => bent(house, same, (claims) => new UnsecuredJWT(claims).encode())],
    [
      'that is signed with the public key as if it were a shared secret',
      async (house) => {
        const { publicKey } = await generateKeyPair('RS256', { extractable: true });
        const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
        bent(house, same, async (claims) => {
          return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'the-key' }).sign(secret);
        });
      },
    ],
    ['for another audience', (house) => bent(house, (claims) => ({ ...claims, aud: 'somebody-else' }))],
    [
      'for several audiences, of which another one is the authorised party',
      (house) => bent(house, (claims) => ({ ...claims, aud: [CLIENT_ID, 'other'], azp: 'other' })),
    ],
    ['of another issuer', (house) => bent(house, (claims) => ({ ...claims, iss: 'https://elsewhere.example.com' }))],
    [
      'of an issuer that differs by a slash',
      (house) => bent(house, (claims) => ({ ...claims, iss: `${claims.iss}/` })),
    ],
    ['with the nonce of another try', (house) => bent(house, (claims) => ({ ...claims, nonce: 'another' }))],
    ['without a nonce', (house) => bent(house, (claims) => without(claims, 'nonce'))],
    [
      'that has expired',
      (house) => bent(house, (claims) => ({ ...claims, iat: claims.iat! - 7_200, exp: claims.iat! - 3_600 })),
    ],
    ['without a subject', (house) => bent(house, (claims) => without(claims, 'sub'))],
    ['that is not there at all', (house) => void (house.idp.bend = (answer) => without(answer, 'id_token'))],
    [
      'whose user information speaks of somebody else',
      ({ idp }) =>
        void (idp.instead = (request, response) => {
          if (!request.url?.startsWith('/me')) return false;
          response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ sub: 'somebody-else' }));
          return true;
        }),
    ],
  ];
  for (const [what, bend] of refusals)
    test(what, async ({ house }) => {
      await bend(house);
      const browser = house.browser();
      expect(problemOf(await browser.signIn(somebody()))).toBe('not_trusted');
      expect(browser.session()).toBeNull();
      expect(await house.ctx.db.identity.count({ where: { providerId: house.provider.id } })).toBe(0);
    });
});

describe('coming back is refused', () => {
  /** As far as the provider, which would now send the browser back: the address it would go to. */
  const asFarAs = async (house: House, browser = house.browser()) => {
    house.idp.person = somebody();
    const landed = await browser.visit(startOf(house), { stopBefore: (url) => url.pathname.endsWith('/callback') });
    return { browser, back: landed.url };
  };

  test('in another browser than the one that went: nobody is signed in as a stranger', async ({ house }) => {
    const { back } = await asFarAs(house);
    const victim = house.browser();
    expect(problemOf(await victim.visit(back.href))).toBe('sign_in_expired');
    expect(victim.session()).toBeNull();
  });

  test('with another browser’s state or code beside one’s own', async ({ house }) => {
    const [mine, theirs] = [await asFarAs(house), await asFarAs(house)];
    const stolenCode = new URL(mine.back);
    stolenCode.searchParams.set('code', theirs.back.searchParams.get('code')!);
    expect(problemOf(await mine.browser.visit(stolenCode.href))).toBe('sign_in_expired');
    const stolenState = new URL(theirs.back);
    stolenState.searchParams.set('code', mine.back.searchParams.get('code')!);
    expect(problemOf(await mine.browser.visit(stolenState.href))).toBe('sign_in_expired');
    expect(mine.browser.session()).toBeNull();
  });

  test('a second time with the same code', async ({ house }) => {
    const { browser, back } = await asFarAs(house);
    expect(problemOf(await browser.visit(back.href))).toBe('');
    const session = browser.session();
    expect(problemOf(await browser.visit(back.href))).toBe('sign_in_expired');
    expect(browser.session()).toBe(session);
  });

  test('without state, with two of them, and when the cookie is gone', async ({ house }) => {
    for (const change of [
      (url: URL) => url.searchParams.delete('state'),
      (url: URL) => url.searchParams.append('state', 'another'),
    ]) {
      const { browser, back } = await asFarAs(house);
      change(back);
      expect(['sign_in_expired', 'not_trusted']).toContain(problemOf(await browser.visit(back.href)));
      expect(browser.session()).toBeNull();
    }
    const { browser, back } = await asFarAs(house);
    browser.cookies(new URL(house.ctx.config.PUBLIC_URL).host).clear();
    expect(problemOf(await browser.visit(back.href))).toBe('sign_in_expired');
  });

  test('with a code that was got without PKCE, though the provider gave it', async ({ house }) => {
    const browser = house.browser();
    house.idp.person = somebody();
    const gone = await browser.visit(startOf(house), { stopBefore: (url) => url.pathname === '/auth' });
    expect(gone.url.searchParams.get('code_challenge_method')).toBe('S256');
    gone.url.searchParams.delete('code_challenge');
    gone.url.searchParams.delete('code_challenge_method');
    expect(problemOf(await browser.visit(gone.url.href))).toBe('sign_in_expired');
    expect(browser.session()).toBeNull();
  });

  test('from another provider than the one that was begun with, or in its name', async ({ house, ctx, api }) => {
    const other = await aHouse(ctx, api);
    const browser = house.browser();
    const { back: atOther } = await asFarAs(house, browser);
    atOther.pathname = `/auth/oidc/${other.provider.key}/callback`;
    expect(problemOf(await browser.visit(atOther.href))).toBe('sign_in_expired');
    const { back } = await asFarAs(house, browser);
    back.searchParams.set('iss', other.idp.issuer);
    expect(problemOf(await browser.visit(back.href))).toBe('not_trusted');
    expect(browser.session()).toBeNull();
    expect(other.idp.asked).not.toContain('/token');
    await other.stop();
  });

  test('when somebody at the provider said no', async ({ house }) => {
    house.idp.person = 'refuses';
    const browser = house.browser();
    const landed = await browser.signIn();
    expect(problemOf(landed)).toBe('denied');
    expect(landed.url.searchParams.get('id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a provider that is', () => {
  test('away, or somebody else than it should be, is told from one that is set up wrongly', async ({
    house,
    ctx,
    api,
  }) => {
    const dead = await aHouse(ctx, api, { settings: { issuer: await aDeadAddress() } });
    expect(problemOf(await dead.browser().visit(startOf(dead)))).toBe('unreachable');
    await dead.stop();
    const slash = await aHouse(ctx, api);
    await withSettings(slash, { issuer: `${slash.idp.issuer}/` }, { clientSecret: CLIENT_SECRET });
    expect(problemOf(await slash.browser().visit(startOf(slash)))).toBe('misconfigured');
    await slash.stop();
    await withSettings(house, {}, { clientSecret: 'not the right one' });
    expect(problemOf(await house.browser().signIn(somebody()))).toBe('misconfigured');
  });

  test('slow or failing is said to be, and nobody waits for it for long', async ({ house }) => {
    const browser = house.browser();
    house.idp.instead = (request, response) => {
      if (request.url !== '/token') return false;
      response.writeHead(503).end();
      return true;
    };
    expect(problemOf(await browser.signIn(somebody()))).toBe('unreachable');
    house.idp.instead = (request) => request.url === '/token';
    expect(problemOf(await browser.signIn())).toBe('slow');
  });

  test('not there, disabled or of another kind lets nobody begin', async ({ house }) => {
    const browser = house.browser();
    const { name, maxAgeHours, settings, id } = house.provider;
    await updateProvider(house.ctx, OPERATOR, id, { name, enabled: false, maxAgeHours, settings });
    for (const start of [startOf(house), startOf(house).replace(house.provider.key, 'nobody')])
      expect(problemOf(await browser.visit(start))).toBe('no_provider');
    expect(house.idp.asked).toEqual([]);
  });
});

describe('somebody who comes by it', () => {
  test('is not let in when deactivated, and waits when pending', async ({ house }) => {
    const [gone, waiting] = [somebody(), somebody()];
    const browser = house.browser();
    await browser.signIn(gone);
    const { body } = await browser.call('GET', '/session');
    await deactivatePerson(house.ctx, OPERATOR, body.person.id);
    expect((await browser.call('GET', '/session')).status).toBe(401);
    expect(problemOf(await house.browser().signIn(gone))).toBe('deactivated');
    await withSettings(house, { newPeople: 'pending' });
    const other = house.browser();
    await other.signIn(waiting);
    expect((await other.call('GET', '/session')).body.person.role).toBe('pending');
    expect((await other.call('GET', '/knowledge-bases')).status).toBe(403);
  });

  test('gets a session of their own: one that was in the browser before is another one’s, and ends', async ({
    house,
  }) => {
    const browser = house.browser();
    await browser.signIn(somebody());
    const planted = browser.session()!;
    // The provider knows the browser still, so it is another person only in a fresh one.
    const victim = house.browser();
    victim.cookies(new URL(house.ctx.config.PUBLIC_URL).host).set('gatehouse', planted);
    await victim.signIn(somebody({ name: 'The victim' }));
    expect(victim.session()).not.toBe(planted);
    expect((await victim.call('GET', '/session')).body.person.name).toBe('The victim');
    expect((await browser.call('GET', '/session')).status).toBe(401);
  });

  test('is led to a page of ours, never elsewhere', async ({ house }) => {
    const home = house.ctx.config.PUBLIC_URL;
    for (const trap of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/.//evil.example', '/%0d%0aX:y'])
      expect((await house.browser().signIn(somebody(), trap)).url.origin, trap).toBe(new URL(home).origin);
    const landed = await house.browser().signIn(somebody({ name: 'Ada' }), '/knowledge?tab=1');
    expect(landed.url.href).toBe(`${home}/knowledge?tab=1`);
  });

  test('brings name, address and groups, from the ID token or the user information, however deep they lie', async ({
    house,
  }) => {
    const { ctx, provider } = house;
    const [staff, readers] = [await aGroup(ctx), await aGroup(ctx)];
    await withSettings(house, {
      scopes: ['openid', 'profile', 'email', 'groups'],
      groupsClaim: 'groups',
      rolesClaim: 'realm_access.roles',
    });
    const map = (toldAs: 'group' | 'role', externalId: string, groupId: string) =>
      addMapping(ctx, OPERATOR, provider.id, { toldAs, externalId, label: '', to: { groupId } });
    await map('group', '/staff', staff.id);
    await map('role', 'reader', readers.id);
    const person = somebody({
      name: 'Ada',
      email: 'ada@example.com',
      email_verified: true,
      groups: ['/staff', '/others'],
      realm_access: { roles: ['reader'] },
    });
    const browser = house.browser();
    await browser.signIn(person);
    const { body } = await browser.call('GET', '/session');
    expect(body.person).toMatchObject({ name: 'Ada', email: 'ada@example.com' });
    const groups = async () =>
      (await ctx.db.membership.findMany({ where: { personId: body.person.id } }))
        .map(({ groupId }) => groupId)
        .toSorted();
    expect(await groups()).toEqual([staff.id, readers.id].toSorted());
    // An empty claim takes away; one that is not there lets nobody in, and takes nothing.
    await house.browser().signIn({ ...person, groups: [] });
    expect(await groups()).toEqual([readers.id]);
    expect(problemOf(await house.browser().signIn({ sub: person.sub, groups: [] }))).toBe('groups_missing');
    expect(await groups()).toEqual([readers.id]);
  });
});

describe('Entra', () => {
  const [tid, oid] = [newId(), newId()];
  const entra = { subject: 'entra', scopes: ['openid', 'profile', 'groups'], groupsClaim: 'groups' } as const;

  test('people are tenant and object id; of a tenant that is not listed, or without either, nobody comes', async ({
    ctx,
    api,
  }) => {
    const house = await aHouse(ctx, api, { settings: { ...entra, tenants: [tid] } });
    for (const claims of [{ tid: newId(), oid }, { oid }, { tid }, { tid: 'common', oid }])
      expect(['denied', 'not_trusted']).toContain(
        problemOf(await house.browser().signIn(somebody({ ...claims, groups: [] }))),
      );
    await house.browser().signIn(somebody({ tid, oid, groups: [] }));
    const identity = await ctx.db.identity.findFirstOrThrow({ where: { providerId: house.provider.id } });
    expect(identity.subject).toBe(`${tid}:${oid}`);
    // Another application of the same tenant has another sub for the same person.
    await house.browser().signIn(somebody({ tid, oid, groups: [] }));
    expect(await ctx.db.identity.count({ where: { providerId: house.provider.id } })).toBe(1);
    await house.stop();
  });

  test('says which account in Teams somebody has, and no other issuer does, whatever stands in its tokens', async ({
    ctx,
    api,
  }) => {
    const house = await aHouse(ctx, api, { settings: { ...entra, tenants: [tid] } });
    const person = somebody({ tid, oid, groups: [] });
    await house.browser().signIn(person);
    const identities = { where: { providerId: house.provider.id } };
    expect(await ctx.db.identity.count(identities)).toBe(1);
    expect(await ctx.db.chatAccount.count({ where: { tenantId: tid, externalId: oid } })).toBe(0);
    await house.stop();

    const said = async (iss: string) => {
      const idToken = { ...person, iss };
      const told = { idToken, userInfo: null, accessToken: 'none', refreshToken: undefined };
      return (await oidcFacts(house.provider, told)).chat;
    };
    for (const iss of [
      'https://idp.example.com',
      `https://login.microsoftonline.com/${newId()}/v2.0`,
      `https://login.microsoftonline.com/${tid}/v2.0/`,
      `https://login.microsoftonline.com.example.com/${tid}/v2.0`,
      'https://login.microsoftonline.com/common/v2.0',
    ])
      expect(await said(iss), iss).toBeUndefined();
    expect(await said(`https://login.microsoftonline.com/${tid}/v2.0`)).toEqual({ tid, oid });
    expect(await said(`https://sts.windows.net/${tid}/`)).toEqual({ tid, oid });
  });

  const tooMany = [{ hasgroups: true }, { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }];

  test('leaves groups out where they are too many, which never counts as none', async ({ ctx, api }) => {
    for (const [missingGroups, outcome] of [
      ['none', 'misconfigured'],
      ['refuse', 'groups_missing'],
      ['keep', ''],
    ] as const) {
      const house = await aHouse(ctx, api, { settings: { ...entra, tenants: [tid], missingGroups } });
      for (const claims of tooMany)
        expect(problemOf(await house.browser().signIn(somebody({ tid, oid: newId(), ...claims })))).toBe(outcome);
      await house.stop();
    }
  });

  test('tells them by Graph then, whole or not at all, and nobody else is sent the token', async ({ ctx, api }) => {
    let answer: (url: string) => { status?: number; body: unknown } = () => ({ body: {} });
    const sent: (string | undefined)[] = [];
    const graph = createServer((request, response) => {
      sent.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const { status = 200, body } = answer(request.url ?? '');
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => graph.listen(0, '127.0.0.1', done));
    const graphUrl = `http://127.0.0.1:${(graph.address() as AddressInfo).port}`;
    const house = await aHouse(ctx, api, {
      settings: { ...entra, tenants: [tid], missingGroups: 'none', followGroupOverage: true, graphUrl },
    });
    const groups = async () => {
      const idToken = { sub: 'x', tid, oid, hasgroups: true };
      const told = { idToken, userInfo: null, accessToken: 'access', refreshToken: undefined };
      try {
        return (await oidcFacts(house.provider, told)).groups;
      } catch (error) {
        return (error as AppError).details['technical'];
      }
    };
    answer = () => ({ status: 403, body: {} });
    expect(await groups()).toBe('graph: 403');
    answer = () => ({ body: { value: [1] } });
    expect(await groups()).toBe('graph: not a list of ids');
    answer = () => ({ body: { value: ['a'], '@odata.nextLink': 'https://graph.example.com/next' } });
    expect(await groups()).toBe('graph: the next page lies elsewhere');
    answer = () => ({ body: { value: ['a'], '@odata.nextLink': `${graphUrl}/again` } });
    expect(await groups()).toBe('graph: no end of pages');
    answer = (url) =>
      url === '/next' ? { body: { value: ['b'] } } : { body: { value: ['a'], '@odata.nextLink': `${graphUrl}/next` } };
    sent.length = 0;
    expect(await groups()).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(sent).toEqual(['POST /me/getMemberObjects Bearer access', 'GET /next Bearer access']);
    await house.stop();
    graph.closeAllConnections();
    await new Promise((done) => graph.close(done));
  });
});
