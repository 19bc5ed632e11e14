import http from 'node:http';
import { describe, expect, onTestFinished } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { createProvider } from '../../../core/identity/providers/store.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { tryProvider } from '../../../core/identity/trials.ts';
import { newId } from '../../../core/ids.ts';
import { aPerson, OPERATOR } from '../../factories/company.ts';
import { anApi, type TestApi } from '../../factories/api.ts';
import { aProvider } from '../../factories/providers.ts';
import { test } from '../../flow/api/api.ts';
import { ANOTHER_ADDRESS, NO_OTHER_ADDRESS } from '../../setup/loopback.ts';

type Headers = Record<string, string | string[]>;
type Answer = { status: number; location: string | null; cookie: string | null; body: string };

/** A request as a proxy makes it, from an address of its own; a header with several values is sent several times. */
function ask(api: TestApi, path: string, headers: Headers, from = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${api.url}${path}`, { headers, localAddress: from }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          cookie:
            /^gatehouse=[^;]+/.exec(
              response.headers['set-cookie']?.find((each) => each.startsWith('gatehouse=')) ?? '',
            )?.[0] ?? null,
          body,
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

if (NO_OTHER_ADDRESS !== null) process.stdout.write(`${NO_OTHER_ADDRESS}\n`);
const PROXY = ANOTHER_ADDRESS;

const aProxy = (ctx: Context, settings: Record<string, unknown> = {}): Promise<Provider<'header'>> =>
  aProvider(ctx, {
    kind: 'header',
    settings: { networks: [PROXY], subjectHeader: 'X-Remote-User', newPeople: 'user', ...settings },
  });

const startAt = ({ key }: { key: string }, returnTo = ''): string => `/auth/header/${key}/start${returnTo}`;

/** The word in the address of the page that says what went wrong. */
const problemOf = ({ location }: Answer): string | null => new URL(location ?? 'http://x').searchParams.get('problem');

const SESSION = '/api/v1/session';

/** Somebody whom the proxy has signed in; `asks` with the cookie and whatever headers. */
async function somebody(ctx: Context, api: TestApi, settings: Record<string, unknown> = {}) {
  const provider = await aProxy(ctx, settings);
  const user = `user-${newId()}`;
  const entered = await ask(api, startAt(provider), { 'X-Remote-User': user }, PROXY);
  expect(entered.cookie).not.toBeNull();
  const asks = async (headers: Headers, from = PROXY) =>
    (await ask(api, SESSION, { Cookie: entered.cookie ?? '', ...headers }, from)).status;
  const { personId } = await ctx.db.identity.findFirstOrThrow({ where: { subject: user } });
  const sessions = () => ctx.db.session.count({ where: { personId } });
  return { provider, user, asks, personId, sessions, entered };
}

describe.skipIf(NO_OTHER_ADDRESS !== null)('a header that says who somebody is', () => {
  test('counts for nothing from anywhere but a listed proxy, whatever is said of where it came from', async ({
    ctx,
    api,
  }) => {
    const provider = await aProxy(ctx);
    const user = `user-${newId()}`;
    for (const headers of [
      {},
      { 'X-Forwarded-For': PROXY },
      { 'X-Forwarded-For': `${PROXY}, ${PROXY}`, 'X-Real-IP': PROXY, Forwarded: `for=${PROXY}` },
    ]) {
      const answer = await ask(api, startAt(provider), { 'X-Remote-User': user, ...headers });
      expect([problemOf(answer), answer.cookie]).toEqual(['denied', null]);
    }
    expect(await ctx.db.identity.count({ where: { subject: user } })).toBe(0);
    expect((await ask(api, startAt(provider), { 'X-Remote-User': user }, PROXY)).cookie).not.toBeNull();
  });

  test('counts for nothing through a chain that TRUSTED_PROXIES believes: only its last link is looked at', async ({
    ctx,
  }) => {
    const config = { ...ctx.config, TRUSTED_PROXIES: ['127.0.0.0/8'] };
    const behind = await anApi({ ...ctx, config });
    onTestFinished(behind.stop);
    const provider = await aProxy(ctx);
    const user = `user-${newId()}`;
    for (const chain of [PROXY, `203.0.113.9, ${PROXY}`, `${PROXY}, 127.0.0.8`]) {
      const headers = { 'X-Remote-User': user, 'X-Forwarded-For': chain };
      const answer = await ask(behind, startAt(provider), headers, '127.0.0.1');
      expect([chain, problemOf(answer), answer.cookie]).toEqual([chain, 'denied', null]);
    }
    const headers = { 'X-Remote-User': user, 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' };
    const { cookie } = await ask(behind, startAt(provider), headers, PROXY);
    const asks = async (from: string, chain: string) =>
      (await ask(behind, SESSION, { ...headers, Cookie: cookie ?? '', 'X-Forwarded-For': chain }, from)).status;
    expect(await asks('127.0.0.1', PROXY)).toBe(401);
    expect(await asks(PROXY, '203.0.113.9')).toBe(200);
  });

  test('opens no call by itself: without a session nobody is signed in, also through the proxy', async ({
    ctx,
    api,
  }) => {
    await aProxy(ctx);
    const administrator = await aPerson(ctx, { role: 'admin' });
    for (const value of [administrator.id, administrator.email])
      expect((await ask(api, SESSION, { 'X-Remote-User': value }, PROXY)).status).toBe(401);
  });

  test('is refused where it is there twice, hides something or is missing', async ({ ctx, api }) => {
    const provider = await aProxy(ctx, { emailHeader: 'X-Remote-Email' });
    const refused: [Headers, string][] = [
      [{ 'X-Remote-User': ['eve', 'ada'] }, 'not_trusted'],
      [{ 'X-Remote-User': 'ada', 'X-Remote-Email': ['a@example.com', 'b@example.com'] }, 'not_trusted'],
      [{ 'X-Remote-User': 'a'.repeat(301) }, 'not_trusted'],
      [{ 'X-Remote-User': Buffer.from('ada\u200b').toString('latin1') }, 'not_trusted'],
      [{ 'X-Remote-User': '' }, 'misconfigured'],
      [{ 'X-Other-User': 'ada' }, 'misconfigured'],
    ];
    for (const [headers, problem] of refused) {
      const answer = await ask(api, startAt(provider), headers, PROXY);
      expect([headers, problemOf(answer), answer.cookie]).toEqual([headers, problem, null]);
    }
  });

  test('means nothing to a provider that is not enabled, as none is at first, and to one that is not there', async ({
    ctx,
    api,
  }) => {
    const provider = await aProvider(ctx, {
      kind: 'header',
      enabled: false,
      settings: { networks: [PROXY], subjectHeader: 'X-Remote-User' },
    });
    for (const { key } of [provider, { key: 'none' }])
      expect(problemOf(await ask(api, startAt({ key }), { 'X-Remote-User': 'ada' }, PROXY))).toBe('no_provider');
  });

  test('is not believed from everywhere at once, nor from what is no network', async ({ ctx }) => {
    for (const network of [
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0',
      'proxy.example.com',
      'loopback',
      '10.0.0.1/8/8',
      '',
    ])
      await expect(
        createProvider(ctx, OPERATOR, {
          key: `k-${newId().slice(-8)}`,
          kind: 'header',
          name: 'n',
          enabled: true,
          maxAgeHours: 12,
          settings: { networks: [network], subjectHeader: 'X-Remote-User' },
        }),
        network,
      ).rejects.toMatchObject({ code: 'bad_input' });
  });
});

describe.skipIf(NO_OTHER_ADDRESS !== null)('a session that a proxy opened', () => {
  test('ends when the proxy names somebody else, and is not that one’s', async ({ ctx, api }) => {
    const { user, asks, sessions } = await somebody(ctx, api);
    expect(await asks({ 'X-Remote-User': user })).toBe(200);
    expect(await asks({ 'X-Remote-User': 'eve' })).toBe(401);
    expect(await sessions()).toBe(0);
    expect(await asks({ 'X-Remote-User': user })).toBe(401);
  });

  test('ends when the proxy names nobody any more, and it is recorded', async ({ ctx, api }) => {
    const { asks, sessions, personId, provider } = await somebody(ctx, api);
    expect(await asks({})).toBe(401);
    expect(await sessions()).toBe(0);
    const entry = await ctx.db.auditEntry.findFirst({
      where: { subjectId: personId, action: 'session.ended_by_provider' },
    });
    expect(entry?.detail).toEqual({ providerId: provider.id });
  });

  test('is of no use past the proxy, with the right header too, and nobody ends it from there', async ({
    ctx,
    api,
  }) => {
    const { user, asks, sessions } = await somebody(ctx, api);
    for (const headers of [
      { 'X-Remote-User': user },
      { 'X-Remote-User': 'eve' },
      {},
      { 'X-Remote-User': user, 'X-Forwarded-For': PROXY },
    ])
      expect(await asks(headers, '127.0.0.1')).toBe(401);
    expect(await asks({ 'X-Remote-User': [user, 'eve'] })).toBe(401);
    expect(await sessions()).toBe(1);
    expect(await asks({ 'X-Remote-User': user })).toBe(200);
  });

  test('ends with the provider, and no other way of signing in needs the header', async ({ ctx, api }) => {
    const { user, asks, provider } = await somebody(ctx, api);
    await ctx.db.identityProvider.update({ where: { id: provider.id }, data: { enabled: false } });
    expect(await asks({ 'X-Remote-User': user })).toBe(401);
    const person = await api.session(await aPerson(ctx));
    expect((await person.call('GET', '/session')).status).toBe(200);
  });

  test('that is signed out leads to where the proxy signs out', async ({ ctx, api }) => {
    const signOutUrl = 'https://proxy.example.com/sign-out';
    const { user, entered } = await somebody(ctx, api, { signOutUrl });
    const headers = { Cookie: entered.cookie ?? '', 'X-Remote-User': user };
    const { csrfToken } = JSON.parse((await ask(api, SESSION, headers, PROXY)).body) as { csrfToken: string };
    const left = await new Promise<string>((resolve, reject) => {
      const request = http.request(
        `${api.url}${SESSION}`,
        { method: 'DELETE', headers: { ...headers, 'X-CSRF-Token': csrfToken }, localAddress: PROXY },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => (body += text));
          response.on('end', () => resolve(body));
        },
      );
      request.on('error', reject);
      request.end();
    });
    expect(JSON.parse(left)).toEqual({ signOutUrl });
  });
});

describe.skipIf(NO_OTHER_ADDRESS !== null)('whom a proxy names', () => {
  test('comes in with name, address and groups, and goes on to a page of ours only', async ({ ctx, api }) => {
    const provider = await aProxy(ctx, {
      nameHeader: 'X-Remote-Name',
      emailHeader: 'X-Remote-Email',
      groupsHeader: 'X-Remote-Groups',
      groupsSeparator: ';',
      networks: ['127.0.0.0/29'],
    });
    const user = `user-${newId()}`;
    const headers = {
      'x-remote-user': user,
      'X-Remote-Name': Buffer.from('Äda Býron').toString('latin1'),
      'X-Remote-Email': 'ada@example.com',
      'X-Remote-Groups': 'staff; readers;;',
    };
    const entered = await ask(api, startAt(provider, '?return_to=/knowledge'), headers, PROXY);
    expect(entered.location).toBe(`${ctx.config.PUBLIC_URL}/knowledge`);
    const away = await ask(api, startAt(provider, '?return_to=//evil.example'), headers, PROXY);
    expect(away.location).toBe(`${ctx.config.PUBLIC_URL}/`);
    const identity = await ctx.db.identity.findFirstOrThrow({ where: { subject: user }, include: { person: true } });
    expect(identity.groups).toEqual(['staff', 'readers']);
    expect(identity.person).toMatchObject({ name: 'Äda Býron', email: 'ada@example.com', role: 'user' });
    const { 'X-Remote-Groups': _groups, ...without } = headers;
    expect(problemOf(await ask(api, startAt(provider), without, PROXY))).toBe('groups_missing');
    await ask(api, startAt(provider), { ...headers, 'X-Remote-Groups': '' }, PROXY);
    expect((await ctx.db.identity.findFirstOrThrow({ where: { subject: user } })).groups).toEqual([]);
  });
});

describe('trying a proxy out', () => {
  /** What an administrator is told who asks from there with these headers. */
  async function tried(
    ctx: Context,
    settings: Record<string, unknown>,
    headers: Record<string, string[]>,
    from: string,
  ) {
    const provider = await aProxy(ctx, settings);
    const { id: personId } = await aPerson(ctx, { role: 'admin' });
    const take = (name: string) => headers[name] ?? [];
    const { steps, result, trial } = await tryProvider(ctx, provider, {
      personId,
      lookUp: {},
      came: { remoteAddress: from, take },
    });
    expect(trial).toBeNull();
    expect(await ctx.db.identity.count({ where: { providerId: provider.id } })).toBe(0);
    return { told: steps.map(({ step, outcome, problem }) => [step, problem ?? outcome]), result, steps };
  }

  test('comes to nothing past the proxy, without the header or with one that is there twice', async ({ ctx }) => {
    const user = { 'X-Remote-User': ['ada'] };
    const past = await tried(ctx, {}, user, '192.0.2.9');
    expect(past.told).toEqual([
      ['proxy', 'not_from_proxy'],
      ['subject_header', 'passed'],
    ]);
    const without = await tried(ctx, {}, {}, PROXY);
    expect(without.told).toContainEqual(['subject_header', 'header_missing']);
    const twice = await tried(ctx, {}, { 'X-Remote-User': ['ada', 'eve'] }, PROXY);
    expect(twice.told).toContainEqual(['subject_header', 'header_twice']);
    expect([past.result, without.result, twice.result]).toEqual([null, null, null]);
  });

  test('says which headers it brought and what would come of them', async ({ ctx }) => {
    const settings = { emailHeader: 'X-Remote-Email', groupsHeader: 'X-Remote-Groups' };
    const headers = { 'X-Remote-User': ['ada'], 'X-Remote-Groups': ['staff,readers'] };
    const { told, steps, result } = await tried(ctx, settings, headers, PROXY);
    expect(told).toEqual([
      ['proxy', 'passed'],
      ['subject_header', 'passed'],
      ['email_header', 'header_missing'],
      ['groups_header', 'passed'],
    ]);
    expect(steps.map(({ technical }) => technical)).toContain('X-Remote-User: ada');
    expect(result).toMatchObject({
      groups: [{ id: 'staff' }, { id: 'readers' }],
      becomes: { person: 'new', role: 'user', groups: [] },
      refused: null,
    });
  });

  test('looks at the very request, by whatever address it comes', async ({ ctx, api }) => {
    const { id } = await aProxy(ctx, { networks: ['127.0.0.1'] });
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const { body } = await admin.call('POST', `/providers/${id}/test`, {}, { 'X-Remote-User': 'ada' });
    expect(body.steps[0]).toMatchObject({
      step: 'proxy',
      outcome: 'passed',
      technical: expect.stringMatching(/127\.0\.0\.1$/),
    });
    expect(body.steps[1]).toMatchObject({ outcome: 'passed', technical: 'X-Remote-User: ada' });
    expect(body.result.becomes).toMatchObject({ person: 'new' });
  });
});
