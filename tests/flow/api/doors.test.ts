import { describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { openSession } from '../../../core/identity/sessions.ts';
import { csrfTokenOf } from '../../../portal/api/caller.ts';
import { routes } from '../../../portal/api/routes.ts';
import { aGroup, aKnowledgeBase, aPassage, aPerson } from '../../factories/company.ts';
import { test } from './api.ts';

const filled = (path: string): string =>
  path
    .replaceAll('{token}', 'no-such-token')
    .replaceAll('{page}', '1')
    .replaceAll(/\{\w+\}/g, () => newId());
const without = (body: Record<string, unknown>) => ({ ...body, correlationId: 'another each time' });

describe('who is not signed in', () => {
  test('is let into nothing but what is public', async ({ api }) => {
    for (const { call } of routes) {
      const { status, body, headers } = await api.anonymous.call(call.method, filled(call.path));
      if (call.access === 'public') expect([200, 400, 410], call.path).toContain(status);
      else {
        expect(status, `${call.method} ${call.path}`).toBe(401);
        expect(body).toMatchObject({
          code: 'not_signed_in',
          status: 401,
          correlationId: headers.get('x-correlation-id'),
        });
        expect(headers.get('content-type')).toContain('application/problem+json');
      }
    }
  });

  test('gets nowhere with a key that was made up, nor with a session that was', async ({ api }) => {
    const key = await api.anonymous.call('GET', '/knowledge-bases', undefined, { Authorization: 'Bearer gh_made-up' });
    expect(key.status).toBe(401);
    const session = await api.anonymous.call('GET', '/session', undefined, { Cookie: 'gatehouse=made-up' });
    expect(session.status).toBe(401);
  });
});

describe('a header of somebody else, such as a proxy that signs in by itself', () => {
  const BASIC = { Authorization: 'Basic cHJveHk6c2VjcmV0' };
  const FOREIGN = [BASIC, { Authorization: 'Bearer a-token-of-the-proxy' }, { Authorization: 'nonsense' }];

  test('lets nobody in, and a key that was made up is refused even where a session is there', async ({ api, ctx }) => {
    const browser = await api.session(await aPerson(ctx));
    for (const headers of FOREIGN)
      expect((await api.anonymous.call('GET', '/models', undefined, headers)).status).toBe(401);
    const made = { Authorization: 'Bearer gh_made-up' };
    expect((await browser.call('GET', '/models', undefined, made)).status).toBe(401);
  });

  test('closes nothing that is open to everybody', async ({ api, ctx }) => {
    const { email, password } = await aPerson(ctx, { password: 'a long enough secret' });
    for (const headers of FOREIGN) {
      for (const address of ['/health', '/ready', '/api/docs', '/api/openapi.json', '/api/v1/installation', '/sign-in'])
        expect((await fetch(api.url + address, { headers })).status, address).not.toBe(401);
      expect((await api.anonymous.call('POST', '/session', { email, password }, headers)).status).toBe(201);
      expect((await api.anonymous.call('GET', '/links/no-such-token', undefined, headers)).status).toBe(410);
    }
  });

  test('does not stand before a session, which is still held to its own token', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const browser = await api.session(person);
    const { token } = await openSession(ctx, person.id, { address: null, device: null });
    for (const headers of FOREIGN) {
      expect((await browser.call('GET', '/session', undefined, headers)).body.person.id).toBe(person.id);
      expect((await browser.call('PATCH', '/account', { language: 'de' }, headers)).status).toBe(204);
      const withoutToken = { ...headers, Cookie: `gatehouse=${token}` };
      expect((await api.anonymous.call('PATCH', '/account', { language: 'en' }, withoutToken)).body.code).toBe('csrf');
    }
  });
});

describe('a browser', () => {
  test('that another site sends is refused, whatever cookie it brings', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { role: 'admin' });
    const { token } = await openSession(ctx, person.id, { address: null, device: null });
    const Cookie = `gatehouse=${token}`;
    const create = (headers: Record<string, string>) =>
      api.anonymous.call('POST', '/groups', { name: newId() }, { Cookie, ...headers });
    const right = csrfTokenOf(token);
    expect((await create({})).body.code).toBe('csrf');
    expect((await create({ 'X-CSRF-Token': csrfTokenOf('another') })).body.code).toBe('csrf');
    expect((await create({ 'X-CSRF-Token': right, 'Sec-Fetch-Site': 'cross-site' })).body.code).toBe('csrf');
    expect((await create({ 'X-CSRF-Token': right, 'Sec-Fetch-Site': 'same-site' })).body.code).toBe('csrf');
    expect((await create({ 'X-CSRF-Token': right, Origin: 'https://elsewhere.example' })).body.code).toBe('csrf');
    expect((await create({ 'X-CSRF-Token': right, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
    expect((await create({ 'X-CSRF-Token': right, Origin: new URL(ctx.config.PUBLIC_URL).origin })).status).toBe(201);
  });

  test('cannot be signed in by another site', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { password: 'a long enough secret' });
    const body = { email: person.email, password: person.password };
    const foreign = await api.anonymous.call('POST', '/session', body, { 'Sec-Fetch-Site': 'cross-site' });
    expect(foreign.body.code).toBe('csrf');
    expect(foreign.headers.get('set-cookie')).toBeNull();
  });

  test('signs in by password, is told who it is, and signs out for good', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { password: 'a long enough secret' });
    const wrong = await api.anonymous.call('POST', '/session', { email: person.email, password: 'not the secret' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } });
    const { status, body, headers } = await api.anonymous.call('POST', '/session', {
      email: person.email.toUpperCase(),
      password: person.password,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      person: { id: person.id, role: 'user' },
      mustChangePassword: false,
      productName: 'Gatehouse',
      banner: null,
    });
    expect(body.permissions).toMatchObject({ 'chat.use': true, 'people.manage': false });
    const [cookie = '', kept = ''] = headers.getSetCookie();
    expect(kept).toMatch(/^gatehouse-browser=.+; Max-Age=34560000; Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/);
    expect(cookie).toMatch(/^gatehouse=.+; Max-Age=604800; Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/);
    const Cookie = cookie.split(';')[0]!;
    expect((await api.anonymous.call('GET', '/session', undefined, { Cookie })).body.person.email).toBe(person.email);
    expect(
      await api.anonymous.call('DELETE', '/session', undefined, { Cookie, 'X-CSRF-Token': body.csrfToken }),
    ).toMatchObject({ status: 200, body: { signOutUrl: null } });
    expect((await api.anonymous.call('GET', '/session', undefined, { Cookie })).status).toBe(401);
  });
});

describe('who must choose a password, or waits for approval', () => {
  test('may do nothing else first', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { role: 'admin', password: 'a password from a file', mustChange: true });
    const client = await api.session(person);
    expect((await client.call('GET', '/session')).body.mustChangePassword).toBe(true);
    expect((await client.call('GET', '/people')).body.code).toBe('password_change_required');
    expect((await client.call('POST', '/ask', { question: 'anything?' })).body.code).toBe('password_change_required');
    const change = { current: 'a password from a file', next: 'something of my own choice' };
    expect((await client.call('POST', '/account/password', { ...change, current: 'wrong' })).status).toBe(401);
    expect((await client.call('POST', '/account/password', change)).status).toBe(204);
    expect((await client.call('GET', '/people')).status).toBe(200);
  });

  test('a pending person is told so and reaches nothing, not even with a key', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { role: 'pending' });
    const browser = await api.session(person);
    expect((await browser.call('GET', '/session')).body.person.role).toBe('pending');
    const key = await api.key(person, 'all');
    for (const client of [browser, key])
      for (const path of ['/knowledge-bases', '/conversations', '/models', '/groups'])
        expect((await client.call('GET', path)).body).toMatchObject({
          code: 'forbidden',
          detail: expect.stringContaining('approve'),
        });
    expect((await key.call('POST', '/ask', { question: 'anything?' })).status).toBe(403);
  });

  test('a deactivated person has neither session nor key any more', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const person = await aPerson(ctx);
    const browser = await api.session(person);
    const key = await api.key(person, 'all');
    expect((await browser.call('GET', '/models')).status).toBe(200);
    expect((await admin.call('DELETE', `/people/${person.id}`)).status).toBe(204);
    expect((await browser.call('GET', '/models')).status).toBe(401);
    expect((await key.call('GET', '/models')).status).toBe(401);
  });
});

describe('an API key', () => {
  test('does only what its scopes name, never more than its person may, and nothing of the browser', async ({
    api,
    ctx,
  }) => {
    const person = await aPerson(ctx);
    const narrow = await api.key(person, 'search');
    expect((await narrow.call('POST', '/search', { query: 'anything' })).status).toBe(200);
    expect((await narrow.call('POST', '/ask', { question: 'anything?' })).body).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('ask'),
    });
    const all = await api.key(person, 'all');
    expect((await all.call('GET', '/people')).status).toBe(403);
    expect((await all.call('POST', '/account/keys', { name: 'another' })).body.code).toBe('forbidden');
    expect((await all.call('GET', '/session')).body.code).toBe('forbidden');
  });

  test('is made in the portal only with the permission, shown once, and gone when revoked', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const browser = await api.session(person);
    expect((await browser.call('POST', '/account/keys', { name: 'script' })).status).toBe(403);
    await aGroup(ctx, { members: [person], permissions: { api_keys: 'allow' } });
    const made = await browser.call('POST', '/account/keys', { name: 'script', scopes: ['search'], days: 3 });
    expect(made.status).toBe(201);
    const Authorization = `Bearer ${made.body.key}`;
    expect((await api.anonymous.call('GET', '/models', undefined, { Authorization })).status).toBe(403);
    const { items } = (await browser.call('GET', '/account/keys')).body;
    expect(items).toMatchObject([{ id: made.body.id, name: 'script', scopes: ['search'], madeBy: 'portal' }]);
    expect(JSON.stringify(items)).not.toContain(made.body.key);
    expect((await browser.call('DELETE', `/account/keys/${made.body.id}`)).status).toBe(204);
    expect((await api.anonymous.call('POST', '/search', { query: 'x' }, { Authorization })).status).toBe(401);
  });
});

describe('what may not be seen', () => {
  test('answers exactly as what is not there', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const { documentId, passageId } = await aPassage(ctx, base, { text: 'The reactor runs at 37 degrees.' });
    const group = await aGroup(ctx, { members: [owner] });
    const stranger = await api.session(await aPerson(ctx));
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const pairs = (id: string, missing: string): [string, string, string, unknown?][] => [
      ['GET', `/knowledge-bases/${id}`, `/knowledge-bases/${missing}`],
      ['PATCH', `/knowledge-bases/${id}`, `/knowledge-bases/${missing}`, { notice: 'mine now' }],
      ['DELETE', `/knowledge-bases/${id}`, `/knowledge-bases/${missing}`],
      ['GET', `/knowledge-bases/${id}/documents`, `/knowledge-bases/${missing}/documents`],
      ['GET', `/knowledge-bases/${id}/progress`, `/knowledge-bases/${missing}/progress`],
      ['POST', `/knowledge-bases/${id}/documents`, `/knowledge-bases/${missing}/documents`],
      ['GET', `/documents/${documentId}`, `/documents/${missing}`],
      ['GET', `/documents/${documentId}/file`, `/documents/${missing}/file`],
      ['GET', `/documents/${documentId}/pages/1`, `/documents/${missing}/pages/1`],
      ['POST', `/documents/${documentId}/retry`, `/documents/${missing}/retry`],
      ['DELETE', `/documents/${documentId}`, `/documents/${missing}`],
      ['GET', `/passages/${passageId}`, `/passages/${missing}`],
    ];
    for (const client of [stranger, admin])
      for (const [method, seen, missing, body] of pairs(base.id, newId())) {
        const [hidden, absent] = [await client.call(method, seen, body), await client.call(method, missing, body)];
        expect(hidden.status, `${method} ${seen}`).toBe(404);
        expect(without(hidden.body)).toEqual(without(absent.body));
      }
    for (const path of [`/groups/${group.id}`, `/groups/${newId()}`])
      expect((await stranger.call('GET', path)).status).toBe(404);
    expect((await stranger.call('POST', '/search', { query: 'reactor', knowledgeBaseIds: [base.id] })).status).toBe(
      404,
    );
    expect((await stranger.call('POST', '/ask', { question: 'reactor?', knowledgeBaseIds: [base.id] })).status).toBe(
      404,
    );
    expect((await stranger.call('GET', '/knowledge-bases')).body.items).toEqual([]);
    expect((await admin.call('GET', '/knowledge-bases')).body.items).toEqual([]);
    expect((await stranger.call('POST', '/search', { query: 'reactor degrees' })).body.passages).toEqual([]);
    expect((await admin.call('POST', '/search', { query: 'reactor degrees' })).body.passages).toEqual([]);
  });

  test('an id that is none answers like one of something that is not there', async ({ api, ctx }) => {
    const client = await api.session(await aPerson(ctx));
    expect((await client.call('GET', '/documents/not-an-id')).status).toBe(404);
    expect((await client.call('GET', '/no-such-address')).body.code).toBe('not_found');
  });
});

test('input that does not fit is refused with every field named, and nothing else is said', async ({ api, ctx }) => {
  const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
  const { status, body } = await admin.call('POST', '/people', { email: 'no address', role: 'owner' });
  expect(status).toBe(400);
  expect(body.errors.map((error: { path: string }) => error.path).toSorted()).toEqual(['email', 'name', 'role']);
  const broken = await admin.raw('POST', '/people', {
    body: '{"email":',
    headers: { 'Content-Type': 'application/json' },
  });
  expect(await broken.json()).toMatchObject({ code: 'bad_input', detail: 'The body is not valid JSON' });
});
