import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { newId } from '../../../core/ids.ts';
import { cookieName } from '../../../portal/api/caller.ts';
import type { TestApi } from '../../factories/api.ts';
import { aBrowser } from '../../factories/browser.ts';
import { aGroup, aPerson, OPERATOR } from '../../factories/company.ts';
import { aProvider } from '../../factories/providers.ts';
import { anIdp, CLIENT_ID, CLIENT_SECRET, type FakeIdp } from '../../fakes/oidc/provider.ts';
import { test as onApi } from '../api/api.ts';
import { problemOf, startOf } from './house.ts';

const ORGANISATION = '77';

/** Somebody at the provider, as its API tells of them. */
type There = {
  user: Record<string, unknown>;
  organisations: Record<string, unknown>[];
  teams: Record<string, unknown>[];
  teamsStatus: number;
  /** Where the next page of teams is said to be; on the same machine without it. */
  nextAt?: string;
};

/** An authorization server without OpenID Connect, the API beside it that knows its tokens, and the portal that knows both. */
type Works = {
  ctx: Context;
  api: TestApi;
  provider: Provider<'oauth2'>;
  idp: FakeIdp;
  there: There;
  /** Requests to the API, by path. */
  asked: string[];
  browser(): Visitor;
};
type Visitor = ReturnType<typeof aBrowser> & { session(): string | null };

const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
};

async function theApi(there: There, tokens: Set<string>, asked: string[]) {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://api');
    asked.push(url.pathname);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!tokens.has(token)) return answer(response, 401, { message: 'Bad credentials' });
    if (url.pathname === '/user') return answer(response, 200, there.user);
    if (url.pathname === '/orgs') return answer(response, 200, there.organisations);
    if (url.pathname !== '/teams' || there.teamsStatus !== 200)
      return answer(response, url.pathname === '/teams' ? there.teamsStatus : 404, { message: 'no' });
    // One team a page, as many pages as there are teams.
    const page = Number(url.searchParams.get('page') ?? 1);
    const next = `<${there.nextAt ?? `http://${request.headers.host}`}/teams?page=${page + 1}>; rel="next"`;
    const more = page < there.teams.length;
    return answer(response, 200, there.teams.slice(page - 1, page), more ? { Link: next } : {});
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function theWorks(ctx: Context, api: TestApi): Promise<Works & { stop(): Promise<void> }> {
  const key = `git-${newId().slice(-8)}`;
  const idp = await anIdp({
    redirects: [`${ctx.config.PUBLIC_URL}/auth/oauth2/${key}/callback`],
    apiScopes: 'read:user read:org',
  });
  const tokens = new Set<string>();
  idp.bend = (answered) => {
    tokens.add(answered.access_token ?? '');
    return answered;
  };
  const there: There = {
    user: { id: Number(`${Date.now()}`.slice(-9)), login: 'octo', name: 'Octo Cat', email: 'octo@example.com' },
    organisations: [{ id: Number(ORGANISATION), login: 'works' }],
    teams: [],
    teamsStatus: 200,
  };
  const asked: string[] = [];
  const app = await theApi(there, tokens, asked);
  const provider = await aProvider(ctx, {
    key,
    kind: 'oauth2',
    settings: {
      clientId: CLIENT_ID,
      authorizeUrl: `${idp.issuer}/auth`,
      tokenUrl: `${idp.issuer}/token`,
      userUrl: `${app.url}/user`,
      teamsUrl: `${app.url}/teams`,
      organisationsUrl: `${app.url}/orgs`,
      organisations: [ORGANISATION],
      scopes: ['read:user', 'read:org'],
      newPeople: 'user',
    },
    secrets: { clientSecret: CLIENT_SECRET },
  });
  const inside = new URL(ctx.config.PUBLIC_URL);
  const browser = (): Visitor => {
    const one = aBrowser((url) => (url.host === inside.host ? api.url + url.pathname + url.search : url.href));
    return { ...one, session: () => one.cookie(inside.host, cookieName(ctx.config.PUBLIC_URL)) ?? null };
  };
  idp.person = { sub: 'whoever' };
  const stop = async () => {
    await Promise.all([idp.stop(), app.stop()]);
  };
  return { ctx, api, provider, idp, there, asked, browser, stop };
}

const test = onApi.extend<{ works: Works }>({
  works: async ({ ctx, api }, use) => {
    const works = await theWorks(ctx, api);
    await use(works);
    await works.stop();
  },
});

const identities = ({ ctx, provider }: Works) => ctx.db.identity.findMany({ where: { providerId: provider.id } });
const team = (id: number, name: string, organisation = ORGANISATION) => ({
  id,
  name,
  slug: name.toLowerCase(),
  organization: { id: Number(organisation), login: 'works' },
});

describe('plain OAuth 2 lets nobody in', () => {
  test('who belongs to none of the organisations', async ({ works }) => {
    for (const organisations of [[], [{ id: 78, login: 'others' }]]) {
      works.there.organisations = organisations;
      const browser = works.browser();
      expect(problemOf(await browser.visit(startOf(works)))).toBe('denied');
      expect(browser.session()).toBeNull();
    }
    expect(await identities(works)).toEqual([]);
  });

  test('who has no lasting id: none, an address, or a list', async ({ works }) => {
    for (const id of [undefined, null, '', 'octo@example.com', [1], 1.5, 'two words']) {
      works.there.user = { ...works.there.user, id };
      expect(problemOf(await works.browser().visit(startOf(works))), String(id)).toBe('misconfigured');
    }
    expect(await identities(works)).toEqual([]);
  });

  test('who comes back with another browser’s state, a used code or none', async ({ works }) => {
    const callback = `${works.ctx.config.PUBLIC_URL}/auth/oauth2/${works.provider.key}/callback`;
    let back: URL | null = null;
    const browser = works.browser();
    await browser.visit(startOf(works), {
      stopBefore: (url) => url.pathname.endsWith('/callback') && (back = url) !== null,
    });
    const href = String(back);
    expect(href).toContain('code=');
    expect(problemOf(await works.browser().visit(href))).toBe('sign_in_expired');
    expect((await browser.visit(href)).url.pathname).toBe('/');
    expect(problemOf(await browser.visit(href))).toBe('sign_in_expired');
    expect(problemOf(await browser.visit(`${callback}?code=x&state=y`))).toBe('sign_in_expired');
  });

  test('where the code was meant for another try: it is bound by PKCE', async ({ works }) => {
    const backs: URL[] = [];
    const challenges: (string | null)[] = [];
    const browser = works.browser();
    for (const _ of [1, 2])
      await browser.visit(startOf(works), {
        stopBefore: (url) => {
          if (url.searchParams.has('code_challenge')) challenges.push(url.searchParams.get('code_challenge'));
          return url.pathname.endsWith('/callback') && backs.push(url) > 0;
        },
      });
    const [first, second] = backs;
    expect(new Set(challenges).size).toBe(2);
    expect(challenges.every((each) => each?.length === createHash('sha256').digest('base64url').length)).toBe(true);
    second!.searchParams.set('code', first!.searchParams.get('code')!);
    expect(problemOf(await browser.visit(second!.href))).toBe('sign_in_expired');
    expect(browser.session()).toBeNull();
  });

  test('by a disabled provider, or one that everybody may have an account at, with no organisation named', async ({
    works,
    ctx,
  }) => {
    const open = await aProvider(ctx, {
      kind: 'oauth2',
      settings: { organisations: [] },
      secrets: { clientSecret: 's' },
    });
    const byName = await aProvider(ctx, {
      kind: 'oauth2',
      settings: { subjectField: 'login' },
      secrets: { clientSecret: 's' },
    });
    const off = await aProvider(ctx, { kind: 'oauth2', enabled: false });
    for (const [provider, problem] of [
      [open, 'misconfigured'],
      [byName, 'misconfigured'],
      [off, 'no_provider'],
    ] as const)
      expect(problemOf(await works.browser().visit(startOf({ ctx, provider })))).toBe(problem);
  });

  test('who refuses there, and asks the API for nothing then', async ({ works }) => {
    works.idp.person = 'refuses';
    expect(problemOf(await works.browser().visit(startOf(works)))).toBe('denied');
    expect(works.asked).toEqual([]);
  });

  test('where the next page is said to be on another machine: no token goes there', async ({ works }) => {
    works.there.teams = [team(501, 'Staff'), team(502, 'Readers')];
    works.there.nextAt = 'https://elsewhere.example.com';
    expect(problemOf(await works.browser().visit(startOf(works)))).toBe('not_trusted');
    expect(await identities(works)).toEqual([]);
  });

  test('where teams cannot be read, so that no right is lost or kept by mistake', async ({ works }) => {
    works.there.teamsStatus = 403;
    expect(problemOf(await works.browser().visit(startOf(works)))).toBe('groups_missing');
    works.there.teamsStatus = 500;
    expect(problemOf(await works.browser().visit(startOf(works)))).toBe('unreachable');
    expect(await identities(works)).toEqual([]);
  });
});

describe('whom plain OAuth 2 lets in', () => {
  test('is known by the number, and is nobody else of that address', async ({ works, ctx }) => {
    const { user } = works.there;
    const other = await aPerson(ctx, { email: `octo-${newId()}@example.com` });
    works.there.user = { ...user, email: other.email };
    const browser = works.browser();
    const landed = await browser.visit(startOf(works, '/knowledge'));
    expect([landed.url.pathname, browser.session() === null]).toEqual(['/knowledge', false]);
    works.there.user = { ...user, login: 'renamed', name: 'New Name', email: 'new@example.com' };
    await works.browser().visit(startOf(works));
    const [identity, another] = await identities(works);
    expect(another).toBeUndefined();
    expect(identity).toMatchObject({ subject: String(user['id']) });
    expect(identity?.personId).not.toBe(other.id);
    expect(await ctx.db.person.findUnique({ where: { id: identity!.personId } })).toMatchObject({ name: 'New Name' });
  });

  test('is in the groups of their teams, over many pages, of the organisations that count', async ({ works, ctx }) => {
    const group = await aGroup(ctx);
    await addMapping(ctx, OPERATOR, works.provider.id, {
      toldAs: 'group',
      externalId: '502',
      label: 'Readers',
      to: { groupId: group.id },
    });
    works.there.teams = [team(501, 'Staff'), team(502, 'Readers'), team(503, 'Elsewhere', '78')];
    await works.browser().visit(startOf(works));
    const [identity] = await identities(works);
    expect(identity?.groups).toEqual(['501', '502']);
    const member = () => ctx.db.membership.count({ where: { groupId: group.id, personId: identity!.personId } });
    expect(await member()).toBe(1);
    works.there.teams = [team(501, 'Staff')];
    await works.browser().visit(startOf(works));
    expect(await member()).toBe(0);
  });

  test('is nobody in a trial, which says what would come', async ({ works, ctx, api }) => {
    works.there.teams = [team(501, 'Staff')];
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const { body } = await admin.call('POST', `/providers/${works.provider.id}/test`, {});
    expect(body.steps.map(({ step, outcome }: { step: string; outcome: string }) => [step, outcome])).toEqual([
      ['user_info', 'passed'],
      ['client', 'passed'],
    ]);
    expect(body.trial.url).toContain(works.idp.issuer);
    expect(await identities(works)).toEqual([]);
  });
});
